"""What a client opens with an invitation's token."""

from django.urls import path

from meetings.client import views as client_views

urlpatterns = [
    path("<str:token>/", client_views.client_meeting, name="client_meeting"),
    path("<str:token>/state/", client_views.client_state, name="client_state"),
    path("<str:token>/join/", client_views.client_join, name="client_join"),
    path("<str:token>/meeting.ics", client_views.client_calendar, name="client_calendar"),
    path("<str:token>/cancel/", client_views.client_cancel, name="client_cancel"),
    path("<str:token>/ask/", client_views.client_ask, name="client_ask"),
]
