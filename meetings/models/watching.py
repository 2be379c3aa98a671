"""What happens to meetings at their provider without O-Key: what it told, and what O-Key knows of each."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.told import Told
from meetings.models.links import CallsProvider, ProviderMeeting
from okey.lib.claims import Claimable, TakesTurns


class Watch(CallsProvider):
    """One row a provider meeting of which O-Key hears or sees what others do to it.

    Due when it is to be looked at, or its owner to be told what was heard. How a meeting stands is {title, starts_at,
    minutes} (meetings.links.there).
    """

    lane: ClassVar[str] = "looks"

    provider_meeting = models.OneToOneField(
        ProviderMeeting, on_delete=models.CASCADE, primary_key=True, related_name="watch"
    )
    #: What O-Key told the provider itself, the last few times, each with `at`: committed before the call.
    told = models.JSONField(default=list, blank=True, editable=False)
    #: How it stands there by somebody else's doing, where that is not how it stands in O-Key; NULL: as O-Key has it.
    found = models.JSONField(null=True, editable=False)
    #: Of which `found` the owner was told.
    mailed = models.JSONField(null=True, editable=False)
    #: When each part of it was changed last, by what was heard.
    heard = models.JSONField(default=dict, blank=True, editable=False)
    #: It was heard that it is gone; a look shall say so.
    heard_gone = models.BooleanField(default=False, db_default=False, editable=False)
    #: When O-Key knew last how it stands there.
    seen_at = models.DateTimeField(null=True, editable=False)
    #: It goes on there since then, and by news of when.
    on_since = models.DateTimeField(null=True, editable=False)
    on_heard_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("watched meeting")
        verbose_name_plural = _("watched meetings")
        constraints = TakesTurns.Meta.constraints
        indexes = [
            *TakesTurns.Meta.indexes,
            models.Index(fields=["provider_meeting"], condition=Q(found__isnull=False), name="watches_with_a_finding"),
        ]

    def __str__(self) -> str:
        return str(self.provider_meeting_id)


class ProviderNews(Claimable):
    """A message from a provider about a meeting that may be O-Key's. A replay of it is known by the row.

    Due until it is settled, and once more to be deleted when a replay would be too old to be heard.
    """

    lane: ClassVar[str] = "housekeeping"

    mark = models.CharField(max_length=64, unique=True)
    provider = models.SlugField(max_length=30, db_index=False)
    external_id = models.CharField(max_length=200)
    host_id = models.CharField(max_length=200, blank=True)
    account_id = models.CharField(max_length=200, blank=True)
    told = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Told])
    #: By the message; empty where it does not say.
    happened_at = models.DateTimeField(null=True)
    #: What it names of how the meeting stands.
    changes = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("news of a meeting from its provider")
        verbose_name_plural = _("news of meetings from providers")

    def __str__(self) -> str:
        return f"{self.provider}: {self.told} {self.external_id}"
