"""Microsoft's scopes: names without Graph's prefix, and what the consent page says of them."""

GRAPH = "https://graph.microsoft.com/"
USER_READ = "User.Read"
MEETINGS = "OnlineMeetings.ReadWrite"
OFFLINE = "offline_access"

TEXTS = {
    "openid": "Sign you in",
    "profile": "View your basic profile",
    "email": "View your email address",
    OFFLINE: "Maintain access to data you have given it access to",
    USER_READ: "Sign you in and read your profile",
    MEETINGS: "Read and create your online meetings",
    "OnlineMeetings.Read": "Read your online meetings",
    "Calendars.Read": "Read your calendars",
    "Calendars.ReadBasic": "Read basic details of events in your calendars",
    "Calendars.ReadWrite": "Have full access to your calendars",
}
#: What reads calendars.
READING = ("Calendars.Read", "Calendars.ReadWrite")
WRITING = ("Calendars.ReadWrite",)
_BY_LOWER = {scope.lower(): scope for scope in TEXTS}


def parse(text: str) -> list[str]:
    """Their plain names, once each; of an unknown one, what was asked."""
    names = [scope.removeprefix(GRAPH) for scope in text.split()]
    return list(dict.fromkeys(_BY_LOWER.get(name.lower(), name) for name in names))


def unknown(scopes: list[str]) -> list[str]:
    return [scope for scope in scopes if scope not in TEXTS]


def need_an_admin(scopes: list[str]) -> list[str]:
    """Where the tenant follows Microsoft's own policy: everything of meetings and calendars."""
    return [scope for scope in scopes if scope.startswith(("OnlineMeetings.", "Calendars."))]
