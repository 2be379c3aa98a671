from django.urls import path

from meetings.hours import views as hours_views

urlpatterns = [
    path("", hours_views.meeting_times, name="meeting_times"),
    path("hours/", hours_views.weekly_hours, name="weekly_hours"),
    path("rules/", hours_views.meeting_rules, name="meeting_rules"),
    path("dates/", hours_views.date_overrides, name="date_overrides"),
    path("dates/forget/", hours_views.date_overrides_forget, name="date_overrides_forget"),
]
