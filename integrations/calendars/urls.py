from django.urls import path

from integrations.calendars import views

urlpatterns = [
    path("", views.calendar_list, name="calendars"),
    path("at/<slug:service>/", views.chosen, name="calendars_at"),
    path("at/<slug:service>/disconnect/", views.disconnect, name="calendars_disconnect"),
    path("<uuid:calendar_id>/", views.calendar_edit, name="calendar"),
    path("<uuid:calendar_id>/again/", views.calendar_again, name="calendar_again"),
    path("<uuid:calendar_id>/replace/", views.calendar_replace, name="calendar_replace"),
    path("<uuid:calendar_id>/remove/", views.calendar_remove, name="calendar_remove"),
]
