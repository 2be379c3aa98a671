from django.urls import path

from okey.contacts import import_views, views

urlpatterns = [
    path("", views.contact_list, name="contacts"),
    path("new/", views.contact_new, name="contact_new"),
    path("import/", import_views.contact_import, name="contact_import"),
    path("import/template.csv", import_views.contact_import_template, name="contact_import_template"),
    path("import/<uuid:import_id>/", import_views.contact_import_preview, name="contact_import_preview"),
    path("import/<uuid:import_id>/confirm/", import_views.contact_import_confirm, name="contact_import_confirm"),
    path("<uuid:contact_id>/", views.contact_page, name="contact"),
    path("<uuid:contact_id>/edit/", views.contact_edit, name="contact_edit"),
    path("<uuid:contact_id>/archive/", views.contact_archive, name="contact_archive"),
    path("<uuid:contact_id>/restore/", views.contact_restore, name="contact_restore"),
]
