from django.urls import path

from meetings.pages import entry_views, invitation_views, series_views, there_views, views

urlpatterns = [
    path("", views.meeting_list, name="meetings"),
    path("series/<uuid:series_id>/", series_views.series_page, name="series"),
    path("<uuid:meeting_id>/", views.meeting_page, name="meeting"),
    path("<uuid:meeting_id>/link/", views.meeting_link, name="meeting_link"),
    path("<uuid:meeting_id>/answer/", views.meeting_answer, name="meeting_answer"),
    path("<uuid:meeting_id>/approve/", views.meeting_approve, name="meeting_approve"),
    path("<uuid:meeting_id>/cancel/", views.meeting_cancel, name="meeting_cancel"),
    path("<uuid:meeting_id>/retry/", views.meeting_retry, name="meeting_retry"),
    path("<uuid:meeting_id>/new-link/", views.meeting_new_link, name="meeting_new_link"),
    path("<uuid:meeting_id>/add-link/", views.meeting_add_link, name="meeting_add_link"),
    path("<uuid:meeting_id>/entry/follow/", entry_views.entry_follow, name="entry_follow"),
    path("<uuid:meeting_id>/entry/put-back/", entry_views.entry_put_back, name="entry_put_back"),
    path("<uuid:meeting_id>/there/follow/", there_views.there_follow, name="there_follow"),
    path("<uuid:meeting_id>/there/keep/", there_views.there_keep, name="there_keep"),
    path("<uuid:meeting_id>/invitation/send/", invitation_views.invitation_send, name="invitation_send"),
    path("<uuid:meeting_id>/invitation/close/", invitation_views.invitation_close, name="invitation_close"),
    path("<uuid:meeting_id>/guests/<uuid:invitation_id>/remove/", invitation_views.guest_remove, name="guest_remove"),
    path("<uuid:meeting_id>/invitation/renew/", invitation_views.invitation_renew, name="invitation_renew"),
]
