"""Google's scopes: their one spelling in answers, and what the consent page says of them."""

PREFIX = "https://www.googleapis.com/auth/"
EMAIL = f"{PREFIX}userinfo.email"
PROFILE = f"{PREFIX}userinfo.profile"
SPACE_CREATED = f"{PREFIX}meetings.space.created"
SPACE_READONLY = f"{PREFIX}meetings.space.readonly"
SPACE_SETTINGS = f"{PREFIX}meetings.space.settings"

#: What lists calendars, reads events and writes them.
LISTING = tuple(f"{PREFIX}{name}" for name in ("calendar", "calendar.readonly", "calendar.calendarlist.readonly"))
READING = tuple(
    f"{PREFIX}{name}"
    for name in ("calendar", "calendar.readonly", "calendar.events", "calendar.events.readonly", "calendar.app.created")
)
WRITING = tuple(f"{PREFIX}{name}" for name in ("calendar", "calendar.events", "calendar.app.created"))
#: Of calendars that are the person's own, the same as reading and writing.
OWNED = f"{PREFIX}calendar.events.owned"

#: Never with a box of their own.
SIGN_IN = ("openid", EMAIL, PROFILE)
SHORT = {"email": EMAIL, "profile": PROFILE}

TEXTS = {
    SPACE_CREATED: "Create, edit and see information about your Google Meet conferences created by the app",
    SPACE_READONLY: "Read information about any of your Google Meet conferences",
    SPACE_SETTINGS: "Edit and see settings for all of your Google Meet calls",
    f"{PREFIX}calendar": "See, edit, share and permanently delete all the calendars you can access",
    f"{PREFIX}calendar.readonly": "See and download any calendar you can access",
    f"{PREFIX}calendar.freebusy": "View your availability in your calendars",
    f"{PREFIX}calendar.events": "View and edit events on all your calendars",
    f"{PREFIX}calendar.events.owned": "See, create, change and delete events on calendars you own",
    f"{PREFIX}calendar.events.readonly": "View events on all your calendars",
    f"{PREFIX}calendar.events.freebusy": "See the availability on calendars you have access to",
    f"{PREFIX}calendar.calendarlist.readonly": "See the list of calendars you are subscribed to",
    f"{PREFIX}calendar.app.created": "Make secondary calendars, and see and change events on them",
}
KNOWN = {*SIGN_IN, *TEXTS}


def parse(text: str) -> list[str]:
    """As Google spells them in answers, in the order asked, once each."""
    return list(dict.fromkeys(SHORT.get(scope, scope) for scope in text.split()))


def unknown(scopes: list[str]) -> list[str]:
    return [scope for scope in scopes if scope not in KNOWN]


def with_boxes(scopes: list[str]) -> list[str]:
    """Those that a person can leave out: all but the sign-in ones, unless a single one is all that is asked."""
    return [scope for scope in scopes if scope not in SIGN_IN] if len(scopes) > 1 else []
