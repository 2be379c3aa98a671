from django.urls import include, path

from okey.api import views

urlpatterns = [
    path("settings/api-tokens/", views.api_tokens, name="api_tokens"),
    path("settings/api-tokens/<uuid:token_id>/revoke/", views.revoke_token, name="api_token_revoke"),
    path("api/v1/problems", views.api_problems, name="api_problems"),
    path("", include("okey.api.oauth.urls")),
]
