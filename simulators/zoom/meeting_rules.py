"""What Zoom accepts as a meeting: each field's rule, and what it fills in where nothing was said."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulators.common.times import utc_text

Rule = Callable[[Any], bool]

START_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?")
PASSWORD = re.compile(r"[A-Za-z0-9@_*-]{0,10}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
INSTANT, SCHEDULED = 1, 2

DEFAULT_SETTINGS: dict[str, Any] = {
    "host_video": False,
    "participant_video": False,
    "cn_meeting": False,
    "in_meeting": False,
    "join_before_host": False,
    "jbh_time": 0,
    "mute_upon_entry": False,
    "watermark": False,
    "use_pmi": False,
    "approval_type": 2,
    "audio": "both",
    "auto_recording": "none",
    "enforce_login": False,
    "enforce_login_domains": "",
    "alternative_hosts": "",
    "alternative_hosts_email_notification": True,
    "close_registration": False,
    "waiting_room": True,
    "registrants_confirmation_email": True,
    "registrants_email_notification": True,
    "meeting_authentication": False,
    "encryption_type": "enhanced_encryption",
    "private_meeting": False,
    "email_notification": True,
    "host_save_video_order": False,
    "push_change_to_calendar": False,
    "meeting_invitees": [],
}


def _is_text(most: int) -> Rule:
    return lambda value: isinstance(value, str) and len(value) <= most


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_int(least: int, most: int) -> Rule:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_one_of(*values: Any) -> Rule:
    return lambda value: not isinstance(value, bool) and value in values


def _is_start_time(value: Any) -> bool:
    if not (isinstance(value, str) and START_TIME.fullmatch(value)):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_timezone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (KeyError, OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        return False


def _is_invitees(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and EMAIL.fullmatch(str(item.get("email", ""))) for item in value
    )


FIELD_RULES: dict[str, Rule] = {
    "topic": _is_text(200),
    "agenda": _is_text(2000),
    "type": _is_one_of(INSTANT, SCHEDULED),  # Zoom knows 3, 8 and 10 too; this simulator does not
    "start_time": _is_start_time,
    "duration": _is_int(1, 1440),
    "timezone": _is_timezone,
    "password": lambda value: isinstance(value, str) and bool(PASSWORD.fullmatch(value)),
    "default_password": _is_bool,
    "pre_schedule": _is_bool,
    "settings": _is_object,
    "tracking_fields": _is_list,
}
SETTING_RULES: dict[str, Rule] = {
    **{name: _is_bool for name, default in DEFAULT_SETTINGS.items() if isinstance(default, bool)},
    "jbh_time": _is_one_of(0, 5, 10, 15),
    "approval_type": _is_one_of(0, 1, 2),
    "audio": _is_one_of("both", "telephony", "voip", "thirdParty"),
    "auto_recording": _is_one_of("local", "cloud", "none"),
    "encryption_type": _is_one_of("enhanced_encryption", "e2ee"),
    "alternative_hosts": _is_text(2000),
    "meeting_invitees": _is_invitees,
}


def mistakes(data: dict[str, Any]) -> list[dict[str, str]]:
    """Zoom's `errors` list: one entry for each field that breaks its rule. Unknown fields are ignored."""
    settings = data.get("settings")
    wrong = [name for name, rule in FIELD_RULES.items() if name in data and not rule(data[name])]
    if isinstance(settings, dict):
        wrong += [
            f"settings.{name}" for name, rule in SETTING_RULES.items() if name in settings and not rule(settings[name])
        ]
    return [{"field": name, "message": "Invalid field."} for name in wrong]


def start_in_utc(text: str, timezone: str) -> str:
    """A start time without Z is local time in `timezone`."""
    if text.endswith("Z"):
        return text
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone or "UTC"))
    return utc_text(local.astimezone(UTC).timestamp())


def merged_settings(old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Unknown settings are dropped without a word; a waiting room rules out joining before the host."""
    merged = old | {name: value for name, value in given.items() if name in DEFAULT_SETTINGS}
    if merged["waiting_room"]:
        merged["join_before_host"] = False
    return merged
