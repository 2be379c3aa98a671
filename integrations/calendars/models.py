"""Owners' own calendars, through which account some are read, who tells of changes, and the times that they take."""

import json
import uuid
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from okey.lib.claims import TakesTurns
from okey.lib.sealing import SealedField, SealedModel


class Counts(models.TextChoices):
    MARKED = "marked", _("as they are marked: busy or free")
    ALWAYS = "always", _("always busy")
    NEVER = "never", _("never busy")


class WhenUnread(models.TextChoices):
    """What clients are offered while a calendar cannot be read for longer than Calendar.PATIENCE."""

    KNOWN = "known", _("offer times by what was read last")
    NOTHING = "nothing", _("offer no times after four hours")


class CalendarAccount(SealedModel):
    """An owner's user name and password at a calendar server, and which calendars were found there."""

    NAME_MAX: ClassVar[int] = 200

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_accounts")
    source = models.CharField(max_length=20)
    #: Where its calendars were found.
    url = models.TextField()
    user_name = models.CharField(_("user name"), max_length=NAME_MAX)
    password = SealedField()
    #: Each with url, name, can_write, zone: integrations.calendars.caldav.discovery.FoundCalendar.
    found = models.JSONField(default=list, editable=False)
    #: The owner's own e-mail addresses, as the server says; by lines.
    addresses = models.TextField(blank=True, editable=False)
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("calendar server")
        verbose_name_plural = _("calendar servers")
        ordering = ["added_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "url", "user_name"], name="one_calendar_account_of_a_user_there")
        ]

    def __str__(self) -> str:
        return f"{self.user_name} ({self.host})"

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


class Calendar(SealedModel, TakesTurns):
    """A calendar of an owner's that takes times off what they offer; due when it is to be read again.

    Its turn is the owner's: a slow server keeps its own owner's calendars waiting, and nobody else's.
    """

    class Trouble(models.TextChoices):
        UNREACHABLE = "unreachable", _("No usable answer came from there.")
        PRIVATE_ADDRESS = (
            "private_address",
            _("The name leads to a private network address; O-Key reads there only where your administrator opens it."),
        )
        REFUSED = (
            "refused",
            _("The address is refused: renewed, perhaps, or not shared any more."),
        )
        GONE = "gone", _("There is no calendar at this address any more.")
        NO_CALENDAR = "no_calendar", _("There is a page at this address, and no calendar.")
        EMPTIED = "emptied", _("The calendar had entries, and came without any. O-Key believes it after a day.")
        TOO_LARGE = "too_large", _("The calendar is larger than O-Key reads, or takes too long to understand.")
        REDIRECTED = "redirected", _("The address leads on to another one that O-Key does not follow.")
        PASSWORD = "password", _("The server refuses the user name and password. Enter a new app password.")
        RECONNECT = "reconnect", _("O-Key may not read it any more: connect it again.")
        SCOPE_MISSING = "scope_missing", _("A permission is missing: connect it again and tick every permission.")
        UNSHARED = "unshared", _("The calendar was deleted there, or is not shared with you any more.")
        NOT_ALLOWED = (
            "not_allowed",
            _("You are not let into this calendar any more: it is not shared with you now, perhaps."),
        )
        LIMITED = "limited", _("It takes no more questions at the moment; O-Key asks again by itself.")
        MISCONFIGURED = "misconfigured", _("It isn’t set up correctly here; your administrator has been told.")
        NOT_OPENED = (
            "not_opened",
            _("O-Key could not open the address that it keeps: enter it again."),
        )
        FAILED = "failed", _("O-Key itself failed at this calendar. Your administrator finds why in its log.")

    NAME_MAX: ClassVar[int] = 80
    #: How long clients are offered times by what was read last, whatever the owner chose.
    PATIENCE: ClassVar[timedelta] = timedelta(hours=4)
    lane: ClassVar[str] = "calendars"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendars")
    source = models.CharField(max_length=20)
    #: Through which it is read, where there is one: then `url` is the calendar's own address there, and `secret` empty.
    account = models.ForeignKey(CalendarAccount, on_delete=models.CASCADE, related_name="calendars", null=True)
    url = models.TextField(blank=True, db_default="", default="", editable=False)
    #: The time zone that it says it has.
    own_zone = models.CharField(max_length=64, blank=True, db_default="", default="", editable=False)
    can_write = models.BooleanField(db_default=False, default=False, editable=False)
    #: Whether O-Key's meetings are entered there: in one of an owner's calendars at most.
    takes_meetings = models.BooleanField(db_default=False, default=False, editable=False)
    #: By which it is read, where its owner signs in for it; and which one it is there.
    connection = models.ForeignKey(
        "integrations.Connection", on_delete=models.CASCADE, null=True, blank=True, related_name="calendars"
    )
    external_id = models.CharField(max_length=1024, blank=True, db_default="", editable=False)
    name = models.CharField(_("name"), max_length=NAME_MAX)
    #: All of the address that is shown.
    host = models.CharField(max_length=253)
    #: Whatever the source needs to read it: an address that opens the calendar, to begin with.
    secret = SealedField()
    all_day = models.CharField(_("whole days"), max_length=10, choices=Counts.choices, default=Counts.MARKED)
    tentative = models.CharField(_("tentative entries"), max_length=10, choices=Counts.choices, default=Counts.MARKED)
    when_unread = models.CharField(
        _("while it cannot be read"), max_length=10, choices=WhenUnread.choices, default=WhenUnread.KNOWN
    )
    #: The owner's own in that calendar, beside the one of their account; by lines.
    addresses = models.TextField(_("your e-mail addresses there"), blank=True)
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False, db_index=True)
    #: When it was last known to be as the mirror has it.
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    tried_at = models.DateTimeField(null=True, editable=False)
    #: By what its source knows that nothing has changed (base.Marks).
    marks = models.JSONField(default=dict, blank=True, editable=False)
    #: The mirror holds what is from then on until then, as of this zone of the owner's.
    covers_until = models.DateTimeField(null=True, editable=False)
    zone = models.CharField(max_length=64, blank=True, editable=False)
    #: As it was read last: entries, those not understood, and those in a zone that nobody knows.
    events = models.PositiveIntegerField(default=0, editable=False)
    skipped = models.PositiveIntegerField(default=0, editable=False)
    zoneless = models.PositiveIntegerField(default=0, editable=False)
    trouble = models.CharField(max_length=20, choices=Trouble.choices, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    #: When the owner was mailed of this trouble: once, until it is over.
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["added_at", "id"]
        constraints = [
            *TakesTurns.Meta.constraints,
            models.UniqueConstraint(
                fields=["account", "url"], condition=~models.Q(account=None), name="a_calendar_once_an_account"
            ),
            models.UniqueConstraint(
                fields=["owner"], condition=models.Q(takes_meetings=True), name="one_calendar_takes_meetings"
            ),
            models.UniqueConstraint(fields=["connection", "external_id"], name="each_calendar_once"),
        ]
        indexes = TakesTurns.Meta.indexes

    def __str__(self) -> str:
        return self.name

    def access(self) -> str:
        """What its source needs to read it. Never kept, logged or handed to a task. Raises CannotOpen."""
        if self.account is None:
            return self.opened("secret")
        who = {"user": self.account.user_name, "password": self.account.opened("password")}
        return json.dumps({"url": self.url, "zone": self.own_zone, **who})

    @property
    def is_waiting(self) -> bool:
        """Added, and not read yet."""
        return self.read_at is None and not self.trouble

    @property
    def has_address(self) -> bool:
        """Whether it is read at an address of its own, which its owner may replace."""
        return self.account_id is None and self.connection_id is None

    @property
    def offers_nothing_from(self) -> datetime | None:
        """From when on clients are offered no times because of it, if it still cannot be read then."""
        if self.failing_since is None or self.when_unread != WhenUnread.NOTHING:
            return None
        return self.failing_since + self.PATIENCE

    @property
    def offers_nothing(self) -> bool:
        return self.offers_nothing_from is not None and self.offers_nothing_from <= timezone.now()


class Subscription(TakesTurns):
    """That a calendar's vendor tells of its changes: a row for each channel (Google) or subscription (Microsoft), from
    the wish to have one until it can send nothing any more. Due when it is to be made, renewed, ended or forgotten.

    Its turn is the owner's. Who sends messages of it knows a secret, of which the hash is kept.
    """

    class State(models.TextChoices):
        WANTED = "wanted", _("to be asked for")
        ASKED = "asked", _("asked for, without an answer so far")
        LIVE = "live", _("lives")
        OVER = "over", _("not wanted any more")

    #: Of these a calendar has one, and two while one takes over from the other.
    CURRENT: ClassVar[tuple[str, ...]] = (State.WANTED, State.ASKED, State.LIVE)
    PROBLEM_MAX: ClassVar[int] = 200
    lane: ClassVar[str] = "calendars"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: None once it does not count any more; without a constraint, so that whoever does not know this table removes it.
    calendar = models.ForeignKey(
        Calendar, on_delete=models.SET_NULL, related_name="subscriptions", null=True, db_constraint=False
    )
    #: By whose account it was made, and may be ended.
    connection = models.ForeignKey("integrations.Connection", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED, editable=False)
    secret_hash = models.CharField(max_length=64, blank=True, editable=False)
    #: The vendor's own name for it: a channel's resource ID (Google), a subscription's ID (Microsoft).
    external_id = models.TextField(blank=True, editable=False)
    #: When the vendor was asked last to make or to renew it.
    asked_at = models.DateTimeField(null=True, editable=False)
    #: When the vendor was seen first to reach O-Key with it.
    heard_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    #: Why it could not be had, for administrators.
    problem = models.CharField(max_length=PROBLEM_MAX, blank=True, editable=False)

    class Meta:
        verbose_name = _("subscription to a calendar")
        verbose_name_plural = _("subscriptions to calendars")
        constraints = TakesTurns.Meta.constraints
        indexes = TakesTurns.Meta.indexes

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    def tells(self, now: datetime) -> bool:
        """Whether its messages reach O-Key, as far as anybody knows."""
        is_heard = self.state == self.State.LIVE and self.heard_at is not None
        return is_heard and self.expires_at is not None and self.expires_at > now


class BusyTime(models.Model):
    """A time that a calendar takes: no title, no place, nobody's name."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="busy_times")
    #: The calendar's; first in the index that availability asks.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=10)
    uid = models.CharField(max_length=255)
    #: The source's own name for the entry, where it tells of changes by it.
    ref = models.TextField(blank=True, db_default="")
    #: The UID where it is one like O-Key's own entries have.
    uid_of_okey = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("busy time")
        verbose_name_plural = _("busy times")
        indexes = [models.Index(fields=["owner", "ends_at"], name="busy_times_of_an_owner")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.kind}"

    @property
    def key(self) -> tuple[datetime, datetime, str, str, str]:
        return self.starts_at, self.ends_at, self.kind, self.uid, self.ref


class Answer(models.Model):
    """That a calendar was asked for this very time and answered; what takes it, is in its busy times."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="answers")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    answered_at = models.DateTimeField()

    class Meta:
        verbose_name = _("calendar’s answer")
        verbose_name_plural = _("calendars’ answers")

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} at {self.answered_at:%Y-%m-%d %H:%M:%S}"
