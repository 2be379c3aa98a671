from django.urls import path

from meetings.hours import views

urlpatterns = [
    path("", views.meeting_times, name="meeting_times"),
    path("hours/", views.weekly_hours, name="weekly_hours"),
    path("rules/", views.meeting_rules, name="meeting_rules"),
    path("dates/", views.date_overrides, name="date_overrides"),
    path("dates/forget/", views.date_overrides_forget, name="date_overrides_forget"),
]
