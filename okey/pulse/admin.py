"""What runs, and what administrators were mailed of, to look at."""

from django.contrib import admin

from okey.lib.read_only_admin import ReadOnlyAdmin
from okey.pulse.models import Process, Trouble


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin[Process]):
    contents = {}
    list_display = ("name", "at")
    ordering = ("pk",)
    fields = ("name", "at")


@admin.register(Trouble)
class TroubleAdmin(ReadOnlyAdmin[Trouble]):
    contents = {}
    list_display = ("name", "since", "is_told", "mailed_at", "attempts")
    ordering = ("pk",)
    fields = ("name", "since", "is_told", "mailed_at", "claimed_until", "attempts")
