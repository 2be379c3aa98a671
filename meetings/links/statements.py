"""What every link asks and writes, in SQL that is made once a process (okey.lib.prepared)."""

from typing import Any

from django.db.models import CharField, DateTimeField, Exists, F, PositiveIntegerField, QuerySet, UUIDField

from integrations import connections
from integrations.models import Connection
from meetings import announcements
from meetings.entries import owing
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.lib import claims
from okey.lib.prepared import Change, Given, Question

#: What a job says that has no create under way and no problem.
NO_TROUBLE: dict[str, Any] = {"sent_at": None, "problem": "", "detail": "", "tracking_id": ""}


def _id(name: str) -> Given:
    return Given(name, UUIDField())


def _moment(name: str) -> Given:
    return Given(name, DateTimeField())


def _number(name: str) -> Given:
    return Given(name, PositiveIntegerField())


def _text(name: str) -> Given:
    return Given(name, CharField())


def _job() -> "QuerySet[LinkJob]":
    """With the language in which its owner reads what is written down of it."""
    read_in = {"owners_language": F("meeting__owner__language")}
    return LinkJob.objects.select_related("meeting").annotate(**read_in).filter(pk=_id("pk"))


def _held() -> "QuerySet[ProviderMeeting]":
    return ProviderMeeting.objects.filter(meeting=_id("meeting"))


def _locked() -> "QuerySet[Meeting]":
    return owing.with_entries(Meeting.objects.select_for_update(no_key=True)).filter(pk=_id("pk"))


def _usable() -> "QuerySet[Connection]":
    usable = connections.usable().filter(owner=_id("owner"), provider=_text("provider"))
    return usable.select_related("account", "owner").order_by("pk")[:1]


def _unchanged() -> "QuerySet[LinkJob]":
    """While the claim is still mine and no other link was asked for."""
    return LinkJob.objects.filter(pk=_id("pk"), claim=_id("claim"), generation=_number("generation"))


def _announce() -> "tuple[QuerySet[LinkJob], dict[str, Any]]":
    as_read = Exists(Meeting.objects.filter(pk=_id("pk"), revision=_number("revision")))
    sent = {"sent_at": _moment("now"), "sent_through": _id("connection"), "sent_generation": _number("generation")}
    return _unchanged().filter(as_read), {**sent, "claimed_until": _moment("claimed_until")}


def _settle() -> "tuple[QuerySet[LinkJob], dict[str, Any]]":
    done = {**NO_TROUBLE, **claims.given_up(LinkJob), "due_at": None, "wanted_at": None, "attempts": 0}
    return _unchanged(), {**done, "announced": announcements.LINK_READY}


def _write_link() -> "tuple[QuerySet[Meeting], dict[str, Any]]":
    link = {"join_url": _text("join_url"), "passcode": _text("passcode")}
    return Meeting.objects.filter(pk=_id("pk")), {"updated_at": _moment("now"), **link}


JOB, HELD, LOCKED, USABLE = Question(_job), Question(_held), Question(_locked), Question(_usable)
#: That a create is about to be sent, where the meeting's revision is what was read.
ANNOUNCE = Change(_announce)
#: The same as a look that finds nothing to do would write.
SETTLE = Change(_settle)
WRITE_LINK = Change(_write_link)
