"""What an owner settled about being booked by clients, and bookings that wait for their address to be confirmed."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from meetings.booking import colours
from meetings.models import Meeting, MeetingType, SingleUseLink
from okey.lib.claims import Claimable

PUBLIC_NAME_MAX = 60
NAME_MAX = 100
NOTE_MAX = 1000
ABOUT_MAX = 500

#: How long the mail's link works, and how long a booking is kept after that, so that a late click gets an answer.
CONFIRM_WITHIN = timedelta(hours=24)
KEPT_FOR = timedelta(days=7)

is_public_name = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use small letters, digits and single hyphens between them.")
)


is_colour = RegexValidator(colours.HEX.pattern, _("Write the colour as # and six digits, such as #1b6e43."))


class BookingSettings(models.Model):
    """Whether and how clients can book an owner's time by themselves. One row an owner, made on first need."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="booking_settings"
    )
    #: The page is at /book/<public_name>/.
    public_name = models.SlugField(
        _("public name"), max_length=PUBLIC_NAME_MAX, unique=True, validators=[is_public_name]
    )
    is_page_on = models.BooleanField(_("booking page"), default=False)
    is_bot_on = models.BooleanField(_("bot"), default=True)
    #: Clients book by a link that is mailed to them, so that nobody books with somebody else's address.
    confirms_addresses = models.BooleanField(_("confirm e-mail addresses"), default=False)
    #: The origins of the owner's own sites, which may show the page in a frame: "https://example.com".
    embeds_on = models.JSONField(_("sites with the page"), default=list, blank=True)
    #: A few words for clients, above the times.
    about = models.TextField(_("about the page"), max_length=ABOUT_MAX, blank=True, default="", db_default="")
    #: "#rrggbb"; "": O-Key's.
    colour = models.CharField(_("colour"), max_length=7, blank=True, default="", db_default="", validators=[is_colour])
    #: Names the picture as it is now, in its address; "": there is none. Its bytes are a table of their own, so that
    #: no page reads them.
    picture = models.CharField(_("picture"), max_length=16, blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("booking settings")
        verbose_name_plural = _("booking settings")

    def __str__(self) -> str:
        return self.public_name


class PagePicture(models.Model):
    """An owner's photo or logo: a square of WebP."""

    booking = models.OneToOneField(BookingSettings, on_delete=models.CASCADE, primary_key=True, related_name="+")
    image = models.BinaryField(_("image"))

    class Meta:
        verbose_name = _("picture of a booking page")
        verbose_name_plural = _("pictures of booking pages")

    def __str__(self) -> str:
        return str(self.booking)


def confirm_until() -> datetime:
    return timezone.now() + CONFIRM_WITHIN


def forget_at() -> datetime:
    return timezone.now() + CONFIRM_WITHIN + KEPT_FOR


class UnconfirmedBooking(Claimable):
    """What a client asked for on the page, until they follow the link in their mail. It holds no slot.

    Due when it is to be forgotten: it is a stranger's data.
    """

    lane: ClassVar[str] = "housekeeping"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="unconfirmed_bookings")
    request_key = models.CharField(max_length=100)
    starts_at = models.DateTimeField(_("starts"))
    timezone = TimeZoneField(_("time zone"))
    name = models.CharField(_("name"), max_length=NAME_MAX)
    email = models.EmailField(_("e-mail address"))
    note = models.TextField(_("note"), blank=True)
    #: What they book; NULL: the owner's first type, or one that is gone.
    meeting_type = models.ForeignKey(MeetingType, on_delete=models.SET_NULL, null=True, related_name="+")
    #: How long; NULL: as long as that type is by itself.
    minutes = models.PositiveSmallIntegerField(null=True)
    #: As a meeting keeps them.
    answers = models.JSONField(null=True)
    #: Addresses of those who are to come too. NULL: nobody.
    guests = models.JSONField(null=True)
    #: The link by which it is booked, which is used up then; NULL: none.
    single_use = models.ForeignKey(SingleUseLink, on_delete=models.SET_NULL, null=True, related_name="+")
    is_single_use = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), default=confirm_until)
    due_at = models.DateTimeField(null=True, default=forget_at, db_index=True, editable=False)
    #: What became of it.
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("unconfirmed booking")
        verbose_name_plural = _("unconfirmed bookings")
        constraints = [
            models.UniqueConstraint(fields=["owner", "request_key"], name="one_unconfirmed_booking_a_request")
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()
