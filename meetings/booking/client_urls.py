"""What a client opens with an invitation's token."""

from django.urls import path

from meetings.booking import client_views

urlpatterns = [
    path("<str:token>/", client_views.client_meeting, name="client_meeting"),
]
