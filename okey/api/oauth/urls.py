from django.urls import path, re_path

from okey.api.oauth import consent, endpoints

urlpatterns = [
    path("oauth/authorize", consent.authorize, name="oauth_authorize"),
    path("oauth/token", endpoints.token, name="oauth_token"),
    path("oauth/revoke", endpoints.revoke, name="oauth_revoke"),
    path("oauth/register", endpoints.register, name="oauth_register"),
    path(".well-known/oauth-authorization-server", endpoints.server_metadata),
    re_path(r"^\.well-known/oauth-protected-resource(?P<path>/.*)?$", endpoints.resource_metadata),
    path("settings/api-tokens/grants/<uuid:grant_id>/end/", consent.end_grant, name="grant_end"),
]
