"""What is stored and why, in words: for the page that everybody may read."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meetings.personal.table import CLAIM, WHEN_OVER, Table
from meetings.personal.tables import OF_PEOPLE

#: What says nothing of anybody.
NOBODYS = {
    "meetings.ReconnectReminder": CLAIM + "connection",
    "meetings.MeetingEnd": CLAIM + "meeting",
    "integrations.Rest": "key is_wide failures accounts rest_until trial_until proofs changed_at",
    "pulse.Pulse": "id at",
    "pulse.Process": "name settings at",
    "pulse.Trouble": "name since is_told mailed_at claimed_until attempts",
    "django_mcpz_oauth.Client": "id client_id kind name redirect_uris created_at fetched_at last_used_at",
    "owners.Owner_groups": "id owner group",
    "owners.Owner_user_permissions": "id owner permission",
    "auth.Group": "id name",
    "auth.Group_permissions": "id group permission",
    "auth.Permission": "id name content_type codename",
    "contenttypes.ContentType": "id app_label model",
}
#: Of libraries: O-Key keeps these in tables of its own.
UNUSED = {
    "django_mcpz_oauth.AuthorizationCode": (
        "digest code_challenge",
        "id client user redirect_uri resource scope created_at expires_at used_at",
    ),
    "django_mcpz_oauth.AccessToken": ("digest", "id client user code resource scope created_at expires_at revoked_at"),
    "django_mcpz_oauth.RefreshToken": (
        "digest",
        "id client user code resource scope created_at expires_at revoked_at access_token used_at",
    ),
    "account.EmailConfirmation": ("key", "id email_address created sent"),
    "socialaccount.SocialApp": ("secret key", "id provider provider_id name client_id settings"),
    "socialaccount.SocialToken": ("token token_secret", "id app account expires_at"),
}

TABLES = (
    *OF_PEOPLE,
    *(Table(label, _("says nothing of anybody"), WHEN_OVER, other=other) for label, other in NOBODYS.items()),
    *(Table(label, _("not used"), WHEN_OVER, opens=opens, other=other) for label, (opens, other) in UNUSED.items()),
)

#: Settings that say how many days.
DAYS = {
    "sessions.Session": "OKEY_KEEP_SESSIONS_DAYS",
    "usersessions.UserSession": "OKEY_KEEP_SESSIONS_DAYS",
    "webhooks.Event": "OKEY_KEEP_WEBHOOK_EVENTS_DAYS",
    "webhooks.Delivery": "OKEY_KEEP_WEBHOOK_EVENTS_DAYS",
    "booking.Conversation": "OKEY_KEEP_CONVERSATIONS_DAYS",
    "personal.Closing": "OKEY_CLOSED_ACCOUNT_DAYS",
    "mails.Mail": "OKEY_KEEP_MAILS_DAYS",
    "integrations.AuthorizationAttempt": "OKEY_KEEP_ATTEMPTS_DAYS",
    "meetings.MeetingEvent": "OKEY_KEEP_EVENTS_DAYS",
    "integrations.ConnectionEvent": "OKEY_KEEP_EVENTS_DAYS",
}


def shown() -> list[dict[str, Any]]:
    """For the page: each table that says something of somebody, its columns in the words that they have."""
    return [
        {
            "name": str(table.model._meta.verbose_name_plural).capitalize(),
            "what": ", ".join(_words(table, name) for name in table.personal.split()) or gettext("secrets only"),
            "has_secrets": bool(table.opens),
            "why": table.why,
            "until": _days(DAYS[table.label], table.until) if table.label in DAYS else table.until,
        }
        for table in TABLES
        if table.is_shown
    ]


def _words(table: Table, name: str) -> str:
    return str(getattr(table.model._meta.get_field(name), "verbose_name", name)).replace("_", " ")


def _days(setting: str, text: Any) -> Any:
    days: int = getattr(settings, setting)
    return text % {"days": days}
