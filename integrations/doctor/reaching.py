"""What O-Key has to reach, and what has to reach it: asked, not assumed."""

import smtplib
from collections.abc import Iterator
from email.utils import parseaddr

import requests
from django.conf import settings
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from integrations import registry
from integrations.doctor import echo
from integrations.doctor.findings import Finding, bad, ok, warning
from integrations.doctor.setup import SENDING_BACKEND
from integrations.providers.http import session

SECONDS = 5


def own_address() -> Iterator[Finding]:
    """Through the proxy, as clients come."""
    subject, url = _("Address from outside"), settings.OKEY_BASE_URL
    seen = echo.ask()
    if seen.words:
        yield _not_reached(subject, seen.words)
    elif not seen.is_ours:
        yield bad(subject, *_somebody_else(seen.status))
    elif settings.IS_HTTPS and not seen.is_secure:
        todo = _("Set TRUST_PROXY_HEADERS=1 and have the proxy set X-Forwarded-Proto; restart every process.")
        yield bad(subject, _("O-Key takes https requests for plain http."), todo)
    elif seen.is_fooled:
        todo = _("Have the outermost proxy set or add to X-Forwarded-For; TRUSTED_PROXY_COUNT says how many do.")
        yield bad(subject, _("Clients can pass for any address: O-Key believes what they write themselves."), todo)
    elif seen.is_forwarded and not settings.TRUST_PROXY_HEADERS:
        text = _("A proxy says where requests come from, and O-Key does not listen: everybody counts as one network.")
        yield bad(subject, text, _("Set TRUST_PROXY_HEADERS=1; restart every process."))
    else:
        yield ok(subject, _("%(url)s leads here.") % {"url": url})


def _not_reached(subject: str, words: str) -> Finding:
    if "SSL" in words:
        text = _("Its TLS certificate is not accepted from here.")
        return bad(subject, text, _("Install a valid certificate, with its chain, for the host of OKEY_BASE_URL."))
    text = _("This machine does not reach %(url)s (%(why)s).") % {"url": settings.OKEY_BASE_URL, "why": words}
    todo = _("Check OKEY_BASE_URL, its DNS entry and the proxy. Where only this machine cannot, ignore it.")
    return warning(subject, text, todo)


def _somebody_else(status: int) -> tuple[str, str]:
    values = {"status": status, "url": settings.OKEY_BASE_URL}
    if status == 400:
        todo = _("Have the proxy pass the Host header on as it came, with its port.")
        return _("O-Key or the proxy refuses the host of %(url)s (400).") % values, todo
    if status in {502, 503, 504}:
        return _("The proxy answers %(status)d.") % values, _("Start the web process; see whether the proxy finds it.")
    if 300 <= status < 400:
        return _("It redirects elsewhere (%(status)d).") % values, _("Set OKEY_BASE_URL to where it leads.")
    text = _("Something else answers at %(url)s (%(status)d), or an O-Key with another SECRET_KEY.") % values
    return text, _("Check OKEY_BASE_URL and the proxy; give every process the same SECRET_KEY.")


def mail_server() -> Iterator[Finding]:
    """As far as a mail goes before it is one: connected, signed in, sender and one recipient taken."""
    if settings.EMAIL_BACKEND != SENDING_BACKEND:
        return
    subject, server = _("Mail server"), get_connection(timeout=SECONDS)
    values = {"host": settings.EMAIL_HOST, "port": settings.EMAIL_PORT}
    try:
        server.open()
        code, said = _try_a_mail(server.connection)  # type: ignore[attr-defined] # SMTP's
    except smtplib.SMTPAuthenticationError as error:
        todo = _("Check user and password in EMAIL_URL; both are percent-encoded there.")
        yield bad(subject, _("%(host)s refuses the sign-in (%(code)d).") % {**values, "code": error.smtp_code}, todo)
    except (smtplib.SMTPException, OSError) as error:
        text = _("%(host)s:%(port)s does not do as EMAIL_URL says (%(error)s).")
        todo = _("Check host, port and TLS in EMAIL_URL, and whether this machine may reach them.")
        yield bad(subject, text % {**values, "error": type(error).__name__}, todo)
    else:
        if code < 400:
            yield ok(subject, _("%(host)s takes mails of O-Key’s.") % values)
            return
        found = warning if code < 500 else bad
        text = _("%(host)s does not take mails from DEFAULT_FROM_EMAIL to ADMIN_EMAIL (%(code)d %(said)s).")
        todo = _("Let O-Key send as DEFAULT_FROM_EMAIL there, to any address.")
        yield found(subject, text % {**values, "code": code, "said": said}, todo)
    finally:
        server.close()


def _try_a_mail(smtp: smtplib.SMTP) -> tuple[int, str]:
    """Without the mail itself. What the server said last."""
    smtp.ehlo_or_helo_if_needed()
    code, said = smtp.mail(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    if code < 400:
        code, said = smtp.rcpt(settings.ADMIN_EMAIL)
    smtp.rset()
    return code, said.decode(errors="replace")[:150]


def providers_answer() -> Iterator[Finding]:
    """Each host of theirs; the credentials are looked at elsewhere."""
    for vendor in (registry.vendor(slug) for slug in registry.VENDORS):
        if not vendor.is_configured:
            continue
        subject = _("%(name)s: reached") % {"name": vendor.name}
        silent = [url for url in vendor.base_urls if not _answers(url)]
        if not silent:
            yield ok(subject, ", ".join(dict.fromkeys(vendor.base_urls)))
            continue
        values = {"urls": ", ".join(silent), "prefix": vendor.slug.upper()}
        todo = _("Check the settings of %(prefix)s that end with BASE_URL, and whether this machine gets out there.")
        yield bad(subject, _("No answer from %(urls)s.") % values, todo % values)


def _answers(url: str) -> bool:
    """Whatever it says: without a path it will not be much."""
    try:
        session().get(url + "/", timeout=SECONDS, allow_redirects=False)
    except requests.RequestException:
        return False
    return True
