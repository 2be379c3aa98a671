"""The owner's pages about their booking page."""

from django.urls import path

from meetings.booking import settings_views

urlpatterns = [
    path("", settings_views.booking_settings_page, name="booking_settings"),
    path("preview/", settings_views.booking_preview, name="booking_preview"),
]
