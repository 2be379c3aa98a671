"""The owner's pages about what can be booked with them."""

from django.urls import path

from meetings.booking import single_use_views, types_views

urlpatterns = [
    path("", types_views.meeting_types, name="meeting_types"),
    path("new/", types_views.meeting_type_new, name="meeting_type_new"),
    path("<uuid:type_id>/", types_views.meeting_type, name="meeting_type"),
    path("<uuid:type_id>/hours/", types_views.meeting_type_hours, name="meeting_type_hours"),
    path("<uuid:type_id>/links/", single_use_views.single_use_links, name="single_use_links"),
    path(
        "<uuid:type_id>/links/<uuid:link_id>/withdraw/",
        single_use_views.single_use_withdraw,
        name="single_use_withdraw",
    ),
    path("<uuid:type_id>/up/", types_views.meeting_type_up, name="meeting_type_up"),
    path("<uuid:type_id>/switch/", types_views.meeting_type_switch, name="meeting_type_switch"),
]
