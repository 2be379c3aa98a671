from django.urls import path

from integrations.calendars import server_views, views

urlpatterns = [
    path("", views.calendar_list, name="calendars"),
    path("entries/", views.calendar_entries, name="calendar_entries"),
    path("at/<slug:service>/", views.chosen, name="calendars_at"),
    path("at/<slug:service>/disconnect/", views.disconnect, name="calendars_disconnect"),
    path("<uuid:calendar_id>/", views.calendar_edit, name="calendar"),
    path("<uuid:calendar_id>/again/", views.calendar_again, name="calendar_again"),
    path("<uuid:calendar_id>/replace/", views.calendar_replace, name="calendar_replace"),
    path("<uuid:calendar_id>/remove/", views.calendar_remove, name="calendar_remove"),
    path("servers/connect/", server_views.connect, name="calendar_server_connect"),
    path("servers/<uuid:account_id>/", server_views.server, name="calendar_server"),
    path("servers/<uuid:account_id>/again/", server_views.again, name="calendar_server_again"),
    path("servers/<uuid:account_id>/password/", server_views.password, name="calendar_server_password"),
    path("servers/<uuid:account_id>/remove/", server_views.remove, name="calendar_server_remove"),
]
