from django.urls import path

from integrations import administrator_views, app_views, views, webhooks
from integrations.calendars import pushes
from integrations.doctor import views as doctor_views

app_name = "integrations"

urlpatterns = [
    path("attempts/<uuid:attempt_id>/", views.attempt, name="attempt"),
    path("attempts/<uuid:attempt_id>/status/", views.attempt_status, name="attempt_status"),
    path("attempts/<uuid:attempt_id>/over/", views.attempt_over, name="attempt_over"),
    path("attempts/<uuid:attempt_id>/answer/", views.attempt_answer, name="attempt_answer"),
    path("attempts/<uuid:attempt_id>/administrator/", administrator_views.begin_waiting, name="begin_waiting"),
    path("attempts/<uuid:attempt_id>/returned/", views.returned, name="returned"),
    path("attempts/<uuid:attempt_id>/app/", app_views.to_app, name="to_app"),
    path("connections/<uuid:connection_id>/default/", views.make_default, name="make_default"),
    path("connections/<uuid:connection_id>/lobby/", views.lobby, name="lobby"),
    path("connections/<uuid:connection_id>/test/", views.check, name="test"),
    path("connections/<uuid:connection_id>/disconnect/", views.disconnect, name="disconnect"),
    path("section/", views.section_news, name="section"),
    path("doctor/", doctor_views.page, name="doctor"),
    path("zoom/webhook/", webhooks.zoom, name="zoom_webhook"),
    path("<slug:service>/push/<uuid:subscription_id>/", pushes.push, name="push"),
    path("<slug:provider>/connect/", views.connect, name="connect"),
    path("<slug:provider>/callback/", views.callback, name="callback"),
    path("<slug:provider>/approved/", administrator_views.approved, name="approved"),
    path("<slug:provider>/app/<slug:how>/", app_views.ended, name="app_ended"),
    path("<slug:provider>/unknown/", views.unknown, name="unknown"),
    path("<slug:provider>/start/", views.stateless, name="stateless"),
    path("<slug:provider>/link/", views.link, name="link"),
    path("<slug:provider>/diary/", views.diary, name="diary"),
]
