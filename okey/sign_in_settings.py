"""The settings of allauth and of Django's passwords: all that no environment changes but by these three answers.

And whether those of an organisation's OpenID Connect belong together.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from okey.lib.environment import provider_base_url

#: How long somebody who has just signed in, or entered their password, is not asked for it again.
PASSWORD_HOLDS_SECONDS = 15 * 60
#: Of a new password; those that are shorter stay as they are.
PASSWORD_LENGTH = 12
#: Of an organisation's OpenID Connect, in this order.
ORGANISATION = ("OKEY_OIDC_NAME", "OKEY_OIDC_SERVER_URL", "OKEY_OIDC_CLIENT_ID", "OKEY_OIDC_CLIENT_SECRET")
VALIDATORS: dict[str, dict[str, int]] = {
    "UserAttributeSimilarityValidator": {},
    "MinimumLengthValidator": {"min_length": PASSWORD_LENGTH},
    "CommonPasswordValidator": {},
    "NumericPasswordValidator": {},
}


def sign_in_settings(*, open_sign_up: bool, has_passkeys: bool, is_https: bool) -> dict[str, Any]:
    """By the names that settings have."""
    return {
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
            for name, options in VALIDATORS.items()
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "/",
        "PASSWORD_RESET_TIMEOUT": 3 * 24 * 3600,  # seconds; also the life of an invitation to set a first password
        **_account(open_sign_up=open_sign_up),
        **_second_factor(has_passkeys=has_passkeys, is_https=is_https),
    }


def _account(*, open_sign_up: bool) -> dict[str, Any]:
    return {
        "ACCOUNT_ADAPTER": "okey.owners.adapter.AccountAdapter",
        "ACCOUNT_FORMS": {
            "login": "okey.owners.account_forms.SignInForm",
            "signup": "okey.owners.account_forms.SignUpForm",
            "add_email": "okey.owners.account_forms.EmailForm",
            "change_password": "okey.owners.account_forms.PasswordChangeForm",
            "reauthenticate": "okey.owners.account_forms.PasswordAgainForm",
            "reset_password": "okey.owners.account_forms.PasswordResetForm",
            "reset_password_from_key": "okey.owners.account_forms.PasswordFromKeyForm",
        },
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "password2*"],
        # Where sign-up is closed an administrator vouches for the first address.
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory" if open_sign_up else "none",
        "ACCOUNT_CHANGE_EMAIL": True,  # one address, which the next one replaces once it is confirmed
        "ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS": 3,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_PREVENT_ENUMERATION": True,
        # Whoever has no account here has nothing to do with us, and gets no mails.
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_SESSION_REMEMBER": True,
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": PASSWORD_HOLDS_SECONDS,
        "ACCOUNT_RATE_LIMITS": {
            # okey.owners.sign_in_tries counts these, so that nobody's wrong passwords keep others from their own
            # right one; okey.owners.second_factor those of codes.
            "login": "",
            "login_failed": "",
            "reset_password": "20/h/ip,5/h/key",
            # Each of these mails an address that nobody has confirmed.
            "signup": "20/h/ip",
            "manage_email": "10/h/user",
        },
    }


def _second_factor(*, has_passkeys: bool, is_https: bool) -> dict[str, Any]:
    return {
        "MFA_ADAPTER": "okey.owners.second_factor.MfaAdapter",
        "MFA_FORMS": {
            "authenticate": "okey.owners.second_factor_forms.CodeForm",
            "reauthenticate": "okey.owners.second_factor_forms.CodeAgainForm",
            "activate_totp": "okey.owners.second_factor_forms.AppForm",
            "add_webauthn": "okey.owners.second_factor_forms.PasskeyForm",
            "edit_webauthn": "okey.owners.second_factor_forms.PasskeyNameForm",
        },
        "MFA_SUPPORTED_TYPES": ["recovery_codes", "totp", *(["webauthn"] if has_passkeys else [])],
        "MFA_PASSKEY_LOGIN_ENABLED": has_passkeys,
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": has_passkeys and not is_https,  # on the machine itself
        # Nobody signs in with an address that is not confirmed; and with a second factor one may change it, too.
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_TOTP_ISSUER": "O-Key",
        "MFA_TOTP_TOLERANCE": 1,  # half a minute: phones' clocks are not O-Key's
    }


def check_organisation(*values: str, debug: bool) -> None:
    """OKEY_OIDC_…: all four or none, and an issuer that nobody on the way can play. Raises ImproperlyConfigured."""
    given = dict(zip(ORGANISATION, values, strict=True))
    there = [name for name, value in given.items() if value]
    missing = [name for name, value in given.items() if not value]
    if not there:
        return
    if missing:
        raise ImproperlyConfigured(f"{missing[0]} is not set, and {there[0]} is: set all of OKEY_OIDC_…, or none.")
    organisation_issuer(given["OKEY_OIDC_SERVER_URL"], debug=debug)


def organisation_issuer(value: str, *, debug: bool) -> str:
    """OKEY_OIDC_SERVER_URL, as it is. Raises ImproperlyConfigured."""
    provider_base_url("OKEY_OIDC_SERVER_URL", value)
    if not debug and not value.startswith("https://"):
        raise ImproperlyConfigured("OKEY_OIDC_SERVER_URL must be https when DEBUG is off.")
    if "/.well-known/" in value:
        raise ImproperlyConfigured("OKEY_OIDC_SERVER_URL is the issuer alone: leave /.well-known/… off.")
    return value
