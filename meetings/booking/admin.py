"""Owners' booking settings, for administrators to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from meetings.booking.models import BookingSettings, PagePicture, UnconfirmedBooking
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(BookingSettings)
class BookingSettingsAdmin(ReadOnlyAdmin[BookingSettings]):
    contents = {"public_name": "", "embeds_on": "", "about": ""}
    list_display = ("public_name", "owner", "is_page_on", "is_bot_on", "confirms_addresses")
    list_filter = ("is_page_on", "is_bot_on", "confirms_addresses")
    search_fields = ("public_name", "owner__email__any_case")
    search_help_text = _("The owner’s whole e-mail address, or the public name.")
    list_select_related = ("owner",)
    ordering = ("public_name",)
    fields = ("owner", "public_name", "is_page_on", "is_bot_on", "confirms_addresses", "embeds_on", "about", "colour")


@admin.register(PagePicture)
class PagePictureAdmin(ReadOnlyAdmin[PagePicture]):
    contents = {"booking": "booking_id"}
    list_display = ("booking",)
    list_select_related = ("booking",)
    search_fields = ("booking__owner__email__any_case",)
    ordering = ("pk",)
    fields = ("booking",)


@admin.register(UnconfirmedBooking)
class UnconfirmedBookingAdmin(ReadOnlyAdmin[UnconfirmedBooking]):
    contents = {"email": "id", "name": "", "note": "", "timezone": "", "meeting": "meeting_id"}
    list_display = ("email", "owner", "starts_at", "created_at", "expires_at", "meeting")
    list_select_related = ("owner", "meeting")
    search_fields = ("owner__email__any_case",)
    ordering = ("-due_at", "-pk")  # they are forgotten in the order in which they came
    fields = ("owner", "email", "name", "note", "starts_at", "timezone", "created_at", "expires_at", "meeting")
