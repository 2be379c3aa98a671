from django.urls import path

from meetings.planning import views

urlpatterns = [
    path("new/", views.meeting_new, name="meeting_new"),
    path("<uuid:meeting_id>/reschedule/", views.meeting_reschedule, name="meeting_reschedule"),
]
