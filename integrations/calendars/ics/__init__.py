"""A calendar that is published at an address (ICS, webcal): read only, and as late as its publisher is."""

import hashlib
import logging
import time
from urllib.parse import urljoin, urlsplit

import requests

from integrations.calendars.base import CannotRead, Marks, Reading, Source, Why
from integrations.calendars.expansion import running
from integrations.calendars.expansion.events import NoCalendar, Question, TooMuch
from okey.lib import deadlines, opened_hosts
from okey.lib.deadlines import TooLarge, keep_body
from okey.lib.open_internet import PrivateAddress
from okey.lib.opened_hosts import OpenedHostsAdapter
from okey.lib.retry_after import retry_at

logger = logging.getLogger(__name__)
#: Unpacked.
MAX_BYTES = 5 * 1024 * 1024
REDIRECTS = 4
#: For all of the HTTP.
FETCH_SECONDS = 10.0
USER_AGENT = "O-Key-Calendars/1"


class IcsAddress(Source):
    slug = "ics"

    def read(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        begun = time.monotonic()
        with deadlines.within(min(FETCH_SECONDS, seconds)):
            answer = _fetched(secret, marks, min(FETCH_SECONDS, seconds))
        if answer.status_code == 304:
            return Reading(marks, None)
        digest = hashlib.sha256(answer.content).hexdigest()
        read = Marks(answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""), digest)
        if digest == marks.digest:
            return Reading(read, None)
        left = seconds - (time.monotonic() - begun)
        try:
            return Reading(read, running.expanded(answer.content, question, seconds=max(left, 0.1)))
        except NoCalendar:
            raise CannotRead(Why.NO_CALENDAR) from None
        except (TooMuch, TimeoutError):
            raise CannotRead(Why.TOO_LARGE) from None
        except running.Failed as error:
            logger.error("The process that expands calendars failed: %s.", error)
            raise CannotRead(Why.FAILED) from None


class _Transport(OpenedHostsAdapter):
    def read(self, answer: requests.Response) -> None:
        """Of a calendar all, up to the cap; of anything else nothing."""
        body = bytearray()
        for chunk in answer.iter_content(64 * 1024) if answer.status_code == 200 else ():
            body += chunk
            if len(body) > MAX_BYTES:
                answer.close()
                raise TooLarge("The calendar is too large.")
        answer.close()
        keep_body(answer, bytes(body))


def _fetched(url: str, marks: Marks, seconds: float) -> requests.Response:
    """The calendar, or that it has not changed. Each redirect is checked as the address itself was."""
    headers = {"If-None-Match": marks.etag, "If-Modified-Since": marks.modified}
    with _session() as session:
        for _hop in range(REDIRECTS):
            answer = _asked(session, url, {name: value for name, value in headers.items() if value}, seconds)
            if answer.status_code not in {301, 302, 303, 307, 308}:
                return _checked(answer, has_marks=any(headers.values()))
            try:
                url = checked(urljoin(url, answer.headers.get("Location", "")))
            except ValueError:
                break
    raise CannotRead(Why.REDIRECTED)


def _asked(session: requests.Session, url: str, headers: dict[str, str], seconds: float) -> requests.Response:
    """Nothing of the address is in what is raised: it opens the calendar."""
    try:
        return session.get(url, headers=headers, timeout=seconds, allow_redirects=False)
    except PrivateAddress:
        raise CannotRead(Why.PRIVATE_ADDRESS) from None
    except TooLarge:
        raise CannotRead(Why.TOO_LARGE) from None
    except (requests.RequestException, ValueError):  # the latter for a name or a redirect that nobody can read
        raise CannotRead(Why.UNREACHABLE) from None


def _checked(answer: requests.Response, *, has_marks: bool) -> requests.Response:
    status = answer.status_code
    if status == 200 or (status == 304 and has_marks):
        return answer
    if status in {401, 403, 407}:
        raise CannotRead(Why.REFUSED)
    if status in {404, 410}:
        raise CannotRead(Why.GONE)
    raise CannotRead(Why.UNREACHABLE, retry_at=retry_at(answer.headers))


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no .netrc, no proxies by surprise
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "gzip"})
    for scheme in ("https", "http"):
        session.mount(f"{scheme}://", _Transport(scheme))
    return session


def checked(address: str) -> str:
    """The address as it is kept. Raises ValueError where it may not be called."""
    address = address.strip()
    for scheme in ("webcal://", "webcals://"):
        if address.lower().startswith(scheme):
            address = "https://" + address[len(scheme) :]
    if opened_hosts.wrong_with(address):
        raise ValueError
    return address


def host_of(address: str) -> str:
    """All of it that is ever shown."""
    return urlsplit(address).hostname or ""
