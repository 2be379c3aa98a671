from django.urls import path

from meetings.pages import entry_views, invitation_views, views

urlpatterns = [
    path("", views.meeting_list, name="meetings"),
    path("new/", views.meeting_new, name="meeting_new"),
    path("<uuid:meeting_id>/", views.meeting_page, name="meeting"),
    path("<uuid:meeting_id>/link/", views.meeting_link, name="meeting_link"),
    path("<uuid:meeting_id>/reschedule/", views.meeting_reschedule, name="meeting_reschedule"),
    path("<uuid:meeting_id>/answer/", views.meeting_answer, name="meeting_answer"),
    path("<uuid:meeting_id>/cancel/", views.meeting_cancel, name="meeting_cancel"),
    path("<uuid:meeting_id>/retry/", views.meeting_retry, name="meeting_retry"),
    path("<uuid:meeting_id>/new-link/", views.meeting_new_link, name="meeting_new_link"),
    path("<uuid:meeting_id>/add-link/", views.meeting_add_link, name="meeting_add_link"),
    path("<uuid:meeting_id>/entry/follow/", entry_views.entry_follow, name="entry_follow"),
    path("<uuid:meeting_id>/entry/put-back/", entry_views.entry_put_back, name="entry_put_back"),
    path("<uuid:meeting_id>/invitation/send/", invitation_views.invitation_send, name="invitation_send"),
    path("<uuid:meeting_id>/invitation/close/", invitation_views.invitation_close, name="invitation_close"),
    path("<uuid:meeting_id>/invitation/renew/", invitation_views.invitation_renew, name="invitation_renew"),
]
