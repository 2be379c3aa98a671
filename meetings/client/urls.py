"""What a client opens with an invitation's token."""

from django.urls import path

from meetings.client import views

urlpatterns = [
    path("<str:token>/", views.client_meeting, name="client_meeting"),
    path("<str:token>/state/", views.client_state, name="client_state"),
    path("<str:token>/join/", views.client_join, name="client_join"),
    path("<str:token>/meeting.ics", views.client_calendar, name="client_calendar"),
    path("<str:token>/cancel/", views.client_cancel, name="client_cancel"),
    path("<str:token>/ask/", views.client_ask, name="client_ask"),
]
