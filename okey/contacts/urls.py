from django.urls import path

from okey.contacts import import_views, views

urlpatterns = [
    path("", views.contact_list, name="contacts"),
    path("new/", views.contact_new, name="contact_new"),
    path("contacts.csv", views.contact_export, name="contact_export"),
    path("import/", import_views.contact_import, name="contact_import"),
    path("import/template.csv", import_views.contact_import_template, name="contact_import_template"),
    path("import/<uuid:import_id>/", import_views.contact_import_preview, name="contact_import_preview"),
    path("import/<uuid:import_id>/confirm/", import_views.contact_import_confirm, name="contact_import_confirm"),
    path("import/<uuid:import_id>/left-out/", import_views.contact_import_left_out, name="contact_import_left_out"),
    path(
        "import/<uuid:import_id>/left-out.csv",
        import_views.contact_import_left_out_file,
        name="contact_import_left_out_file",
    ),
    path("<uuid:contact_id>/", views.contact_page, name="contact"),
    path("<uuid:contact_id>/notes/", views.contact_note_add, name="contact_note_add"),
    path("<uuid:contact_id>/notes/<int:note_id>/", views.contact_note_edit, name="contact_note"),
    path("<uuid:contact_id>/edit/", views.contact_edit, name="contact_edit"),
    path("<uuid:contact_id>/archive/", views.contact_archive, name="contact_archive"),
    path("<uuid:contact_id>/restore/", views.contact_restore, name="contact_restore"),
]
