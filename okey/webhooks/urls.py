from django.urls import path

from okey.webhooks import views

urlpatterns = [
    path("", views.webhook_list, name="webhooks"),
    path("<uuid:endpoint_id>/", views.webhook, name="webhook"),
    path("<uuid:endpoint_id>/edit/", views.webhook_edit, name="webhook_edit"),
    path("<uuid:endpoint_id>/remove/", views.webhook_remove, name="webhook_remove"),
    path("<uuid:endpoint_id>/switch/", views.webhook_switch, name="webhook_switch"),
    path("<uuid:endpoint_id>/rotate/", views.webhook_rotate, name="webhook_rotate"),
    path("<uuid:endpoint_id>/test/", views.webhook_test, name="webhook_test"),
    path("<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay/", views.webhook_replay, name="webhook_replay"),
]
