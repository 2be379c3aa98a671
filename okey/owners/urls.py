from django.urls import include, path

from okey.owners import language_views, phone_views, security_views, views

urlpatterns = [
    path("accounts/", include("okey.owners.account_urls")),
    path("settings/", views.profile, name="settings"),
    path("settings/security/", security_views.security, name="security"),
    path("settings/security/sessions/others/end/", security_views.end_other_sessions, name="end_other_sessions"),
    path("settings/security/sessions/<int:session_id>/end/", security_views.end_session, name="end_session"),
    path("language/", language_views.language, name="language"),
    path("favicon.ico", views.favicon),
    path("manifest.webmanifest", phone_views.manifest, name="manifest"),
    path("service-worker.js", phone_views.service_worker, name="service_worker"),
    path("offline/", phone_views.offline, name="offline"),
    path("zones/", views.zones, name="zones"),
    path("health/", views.health, name="health"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
