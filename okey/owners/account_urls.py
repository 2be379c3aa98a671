"""The part of allauth's addresses that O-Key has: sign-in, sign-out, passwords, the e-mail address, second factor,
and an organisation’s OpenID Connect.

What an owner has of these is shown by one page of O-Key's own (security_views.py), in place of allauth's lists.
"""

from allauth.account import views
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from okey.owners.organisation import views as organisation
from okey.owners.sign_in_view import SignInView

_to_security = RedirectView.as_view(pattern_name="security")

urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path("organisation/", organisation.begin, name="organisation_begin"),
    path("organisation/back/", organisation.back, name="organisation_back"),
    path("organisation/again/", organisation.again, name="organisation_again"),
    path("organisation/connect/", organisation.connect, name="organisation_connect"),
    path("organisation/disconnect/", organisation.disconnect, name="organisation_disconnect"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("email/", views.email, name="account_email"),
    path("confirm-email/", views.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", views.confirm_email, name="account_confirm_email"),
    path("2fa/", _to_security, name="mfa_index"),
    path("2fa/webauthn/", _to_security, name="mfa_list_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
    path("password/change/", views.password_change, name="account_change_password"),
    # Where allauth sends a signed-in owner without a password: it is set by mail.
    path(
        "password/set/",
        RedirectView.as_view(pattern_name="account_reset_password"),
        name="account_set_password",
    ),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
