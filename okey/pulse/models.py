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


class Trouble(models.Model):
    """How far administrators are told of one kind of trouble; a row a kind. Written by okey.seeing.watch alone."""

    name = models.CharField(primary_key=True, max_length=20)
    #: Since when each look has found it; None: the last one did not.
    since = models.DateTimeField(null=True)
    #: Whether the last mail said that it is there, rather than over.
    is_told = models.BooleanField(default=False, db_default=False)
    mailed_at = models.DateTimeField(null=True)
    #: Until then one watcher is sending, or a mail server that did not take the mail is left alone.
    claimed_until = models.DateTimeField(null=True)
    #: Of sending the mail that is due now.
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("trouble")
        verbose_name_plural = _("troubles")

    def __str__(self) -> str:
        return self.name
