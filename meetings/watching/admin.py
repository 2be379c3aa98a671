"""What happens to meetings at their providers, for administrators to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from meetings.models import ProviderNews, Watch
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(Watch)
class WatchAdmin(ReadOnlyAdmin[Watch]):
    """When each is looked at at its provider. How it stands there is its owner's: it is not here."""

    contents = {"provider_meeting": "provider_meeting_id"}
    list_display = ("provider_meeting_id", "due_at", "attempts", "seen_at", "heard_gone", "is_found")
    ordering = ("-pk",)
    search_fields = ("pk",)
    fields = ("provider_meeting", "due_at", "attempts", "claimed_until", "seen_at", "heard_gone", "on_since")

    @admin.display(boolean=True, description=_("changed there: the owner decides"))
    def is_found(self, watch: Watch) -> bool:
        return watch.found is not None


@admin.register(ProviderNews)
class ProviderNewsAdmin(ReadOnlyAdmin[ProviderNews]):
    """What providers have told in the last hours. What a message names of a meeting is its owner's: it is not here."""

    contents = {"external_id": "", "host_id": "", "account_id": ""}
    list_display = ("received_at", "provider", "told", "happened_at", "settled_at", "attempts")
    ordering = ("-pk",)
    fields = ("provider", "told", "happened_at", "received_at", "settled_at", "due_at", "attempts", "claimed_until")
