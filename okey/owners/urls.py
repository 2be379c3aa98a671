from django.urls import include, path
from django.views.generic import RedirectView

from okey.owners import views

urlpatterns = [
    path("", RedirectView.as_view(url="/meetings/"), name="home"),
    path("accounts/", include("okey.owners.account_urls")),
    path("settings/", views.profile, name="settings"),
    path("favicon.ico", views.favicon),
    path("zones/", views.zones, name="zones"),
    path("health/", views.health, name="health"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
