"""What the link in a mail opens, with which a client confirms their address."""

from django.urls import path

from meetings.booking import confirm_views

urlpatterns = [path("<str:token>/", confirm_views.booking_confirm, name="booking_confirm")]
