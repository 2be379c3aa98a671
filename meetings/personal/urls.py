from django.urls import path

from meetings.personal import merge_views, views

urlpatterns = [
    path("contacts/<uuid:contact_id>/erase/", views.contact_erase, name="contact_erase"),
    path("contacts/<uuid:contact_id>/merge/", merge_views.contact_merge, name="contact_merge"),
    path("settings/data/", views.data, name="personal_data"),
    path("settings/data/export/", views.export, name="export"),
    path("settings/data/close/", views.account_close, name="account_close"),
    path("privacy/stored/", views.stored_data, name="stored_data"),
]
