"""What can be booked with an owner: the kinds of meeting that they offer."""

import uuid
from datetime import time
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

is_slug = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use small letters, digits and single hyphens between them."))


class MeetingType(models.Model):
    """One kind of meeting. Written by meetings.types.editing and nowhere else.

    What is empty is as the owner's own hours and rules say (`MeetingSettings`, `WorkingHours`).
    """

    class Place(models.TextChoices):
        DEFAULT = "default", _("By video, with your default provider")
        PROVIDER = "provider", _("By video, with a certain provider")
        PHONE = "phone", _("By phone")
        IN_PERSON = "in_person", _("In person")
        NONE = "none", _("You tell them yourself")

    NAME_MAX: ClassVar[int] = 80
    SLUG_MAX: ClassVar[int] = 60
    DESCRIPTION_MAX: ClassVar[int] = 1000
    PLACE_MAX: ClassVar[int] = 300
    SEATS_MAX: ClassVar[int] = 100
    GUESTS_MAX: ClassVar[int] = 10

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: First in the index of `one_type_an_address`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="meeting_types", db_index=False
    )
    #: From 0, the first on the page.
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=NAME_MAX)
    #: Its page is at /book/<public name>/<slug>/.
    slug = models.SlugField(_("address"), max_length=SLUG_MAX, validators=[is_slug], db_index=False)
    description = models.TextField(_("description"), max_length=DESCRIPTION_MAX, blank=True)
    is_on = models.BooleanField(_("can be booked"), default=True)
    #: Not in the list on the booking page: for whoever has its own address.
    is_hidden = models.BooleanField(_("hidden"), default=False)
    #: Minutes to choose from, the shortest first; empty: the owner's usual length.
    lengths = models.JSONField(_("lengths"), default=list, blank=True)
    place = models.CharField(_("place"), max_length=10, choices=Place.choices, default=Place.DEFAULT)
    #: Of Place.PROVIDER.
    provider = models.SlugField(_("provider"), max_length=30, blank=True, db_index=False)
    #: The number or the address, for whoever has booked.
    place_words = models.CharField(_("where"), max_length=PLACE_MAX, blank=True)
    #: Its own weekly hours in place of the owner's: {"0": [["09:00", "12:00"]]}, 0 is Monday. NULL: the owner's.
    weekly = models.JSONField(null=True, blank=True)
    notice_minutes = models.PositiveIntegerField(
        _("minimum notice"), null=True, blank=True, validators=[MaxValueValidator(43200)]
    )
    #: So long before it begins, clients move and cancel it by themselves for the last time; NULL: until it is over.
    change_notice_minutes = models.PositiveIntegerField(
        _("notice for changes"), null=True, blank=True, validators=[MaxValueValidator(43200)]
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("how far ahead"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    #: At most so many of this kind on one day, and in one week (Monday to Sunday), where the owner is; NULL: no limit.
    a_day = models.PositiveSmallIntegerField(
        _("a day at most"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    a_week = models.PositiveSmallIntegerField(
        _("a week at most"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    #: So many people come into one meeting; 1: everybody has a meeting of their own.
    seats = models.PositiveSmallIntegerField(
        _("seats"), default=1, db_default=1, validators=[MinValueValidator(1), MaxValueValidator(SEATS_MAX)]
    )
    #: So many more people may whoever books name, each by an address; 0: nobody.
    guests = models.PositiveSmallIntegerField(
        _("guests"), default=0, db_default=0, validators=[MaxValueValidator(GUESTS_MAX)]
    )
    #: What is booked only asks: the time is held until the owner approves or declines.
    needs_approval = models.BooleanField(_("approval first"), default=False, db_default=False)
    #: What whoever books is asked: see meetings.types.questions.
    questions = models.JSONField(default=list, blank=True)
    #: Where the browser goes after a booking, and not to the meeting's page; "" for that.
    leads_to = models.URLField(_("after booking"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("meeting type")
        verbose_name_plural = _("meeting types")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["owner", "slug"], name="one_type_an_address")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_saved(self) -> bool:
        return not self._state.adding

    @property
    def is_group(self) -> bool:
        """Whether several people who book one time come into one meeting."""
        return self.seats > 1

    @property
    def own_hours(self) -> dict[int, list[tuple[time, time]]] | None:
        """By weekday, 0 is Monday; None where the owner's hold."""
        return None if self.weekly is None else hours_of(self.weekly)

    @property
    def is_by_video(self) -> bool:
        return self.place in (self.Place.DEFAULT, self.Place.PROVIDER)


def hours_of(weekly: dict[str, Any]) -> dict[int, list[tuple[time, time]]]:
    """As they are kept, in times of day."""
    return {
        int(weekday): [(time.fromisoformat(starts), time.fromisoformat(ends)) for starts, ends in ranges]
        for weekday, ranges in weekly.items()
    }
