"""The sign of life of beat, the broker and the workers together: a message that has come all the way to a row."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone


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
