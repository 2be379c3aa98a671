"""A client chooses another time for their meeting, beside what else its token opens (meetings.client.urls)."""

from django.urls import path

from meetings.booking import move_views

urlpatterns = [path("<str:token>/move/", move_views.client_move, name="client_move")]
