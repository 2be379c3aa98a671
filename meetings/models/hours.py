"""When an owner can be booked, and how."""

from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class MeetingSettings(models.Model):
    """How an owner's time is offered to clients, and what clients are reminded of. One row an owner."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="meeting_settings"
    )
    slot_minutes = models.PositiveSmallIntegerField(
        _("length of a meeting"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(
        _("free time before"), default=0, validators=[MaxValueValidator(240)]
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        _("free time after"), default=0, validators=[MaxValueValidator(240)]
    )
    notice_minutes = models.PositiveIntegerField(
        _("minimum notice"), default=240, validators=[MaxValueValidator(43200)]
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("how far ahead"), default=60, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    #: At most so many meetings on one day of the owner's; NULL: no limit.
    daily_maximum = models.PositiveSmallIntegerField(
        _("meetings a day at most"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    #: The weekly hours are what the rows say, even where there are none. False: the default ones, until there are rows.
    has_own_hours = models.BooleanField(default=False, editable=False)
    reminds_day_before = models.BooleanField(_("remind clients 24 hours before"), default=True)
    reminds_hour_before = models.BooleanField(_("remind clients 1 hour before"), default=True)

    class Meta:
        verbose_name = _("meeting settings")
        verbose_name_plural = _("meeting settings")

    def __str__(self) -> str:
        return str(self.owner_id)

    @property
    def gap(self) -> timedelta:
        """How far apart two meetings are: the free time after the one and that before the other may be the same."""
        return timedelta(minutes=max(self.buffer_before_minutes, self.buffer_after_minutes))


class WorkingHours(models.Model):
    """One range of a weekday in which an owner can be booked, in the owner's zone. Ranges of a day do not overlap."""

    #: First in the index of `one_range_a_start`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="working_hours", db_index=False
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), validators=[MaxValueValidator(6)])  # 0 is Monday
    starts = models.TimeField(_("from"))
    #: 00:00 is the end of the day.
    ends = models.TimeField(_("to"))

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["weekday", "starts"]
        constraints = [models.UniqueConstraint(fields=["owner", "weekday", "starts"], name="one_range_a_start")]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts:%H:%M}–{self.ends:%H:%M}"


class DateOverride(models.Model):
    """What replaces the weekly hours on one date of the owner's: a range, or (both empty) no time at all."""

    #: First in the index of `one_override_a_start`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="date_overrides", db_index=False
    )
    date = models.DateField(_("date"))
    starts = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("date override")
        verbose_name_plural = _("date overrides")
        ordering = ["date", "starts"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "date", "starts"], nulls_distinct=False, name="one_override_a_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.date}"
