"""How often somebody did something lately, counted where all processes see it."""

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """How often `key` was hit in the window that began at `began_at`. The key is hashed: it may hold an address."""

    key = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [models.UniqueConstraint(fields=["key", "began_at"], name="one_tally_a_window")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"


def old_tallies(limit: int) -> "QuerySet[Tally]":
    """Of windows that are over."""
    return Tally.objects.filter(ends_at__lt=timezone.now()).order_by("ends_at")[:limit]
