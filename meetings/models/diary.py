"""What happened to a meeting."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings.models.links import LinkJob
from meetings.models.meetings import Meeting


class MeetingEvent(models.Model):
    """One line of a meeting's diary, in words an owner reads."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="events")
    #: The meeting's, for lists of all that happened. Empty only in lines that an older O-Key wrote meanwhile.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", null=True, db_index=False, editable=False
    )
    kind = models.SlugField(max_length=40, db_index=False)
    text = models.TextField()
    tracking_id = models.CharField(_("the provider's tracking ID"), max_length=100, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("meeting event")
        verbose_name_plural = _("meeting events")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="meeting_events_of_an_owner"),
            models.Index(fields=["owner", "at"], name="meeting_events_since"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_problem(self) -> bool:
        return self.kind in LinkJob.Problem.values
