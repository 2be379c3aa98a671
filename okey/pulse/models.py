"""The sign of life of beat, the broker and the workers together: a message that has come all the way to a row."""

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Pulse(models.Model):
    """The one row, written anew by each beat that a worker has received."""

    ONLY: ClassVar[int] = 1

    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.at.isoformat()

    @classmethod
    def beat(cls) -> None:
        """Two beats at once are one."""
        cls.objects.update_or_create(pk=cls.ONLY, defaults={"at": timezone.now()})

    @classmethod
    def last(cls) -> Self | None:
        return cls.objects.filter(pk=cls.ONLY).first()


class Process(models.Model):
    """A worker or beat that runs, by the name that it goes by; it says so itself every now and then."""

    #: Two that were missed: it has ended.
    SILENT_AFTER: ClassVar[timedelta] = timedelta(minutes=1)

    name = models.CharField(primary_key=True, max_length=200)
    #: okey.pulse.settings_seen.marks.
    settings = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def running(cls) -> "models.QuerySet[Self]":
        return cls.objects.filter(at__gt=timezone.now() - cls.SILENT_AFTER).order_by("name")
