"""Owners' booking settings, for administrators to look at."""

from django.contrib import admin

from meetings.booking.models import BookingSettings, UnconfirmedBooking
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(BookingSettings)
class BookingSettingsAdmin(ReadOnlyAdmin[BookingSettings]):
    list_display = ("public_name", "owner", "is_page_on", "is_bot_on", "confirms_addresses")
    list_filter = ("is_page_on", "is_bot_on", "confirms_addresses")
    search_fields = ("public_name", "owner__email", "owner__name")
    list_select_related = ("owner",)
    ordering = ("public_name",)
    fields = ("owner", "public_name", "is_page_on", "is_bot_on", "confirms_addresses", "embeds_on")


@admin.register(UnconfirmedBooking)
class UnconfirmedBookingAdmin(ReadOnlyAdmin[UnconfirmedBooking]):
    list_display = ("email", "owner", "starts_at", "created_at", "expires_at", "meeting")
    list_select_related = ("owner", "meeting")
    search_fields = ("email", "owner__email")
    ordering = ("-created_at",)
    fields = ("owner", "email", "name", "note", "starts_at", "timezone", "created_at", "expires_at", "meeting")
