from django.urls import include, path

from okey.owners import views

urlpatterns = [
    path("accounts/", include("okey.owners.account_urls")),
    path("settings/", views.profile, name="settings"),
    path("favicon.ico", views.favicon),
    path("zones/", views.zones, name="zones"),
    path("health/", views.health, name="health"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
