"""The index of the settings: one page a subject, and which of them this is."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()


@dataclass(frozen=True)
class Subject:
    name: str | Promise
    path: str
    #: What else belongs to it, by how its addresses begin.
    more: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        return path.startswith((self.path, *self.more))


#: The first has what no other one has: mails and banners lead to `/settings/#providers`.
PROFILE = Subject(_("Profile and video meetings"), "/settings/")
SUBJECTS = (
    PROFILE,
    Subject(_("Calendars"), "/settings/calendars/", ("/settings/feed/",)),
    Subject(_("Meeting times"), "/settings/meeting-times/"),
    Subject(_("Booking page"), "/settings/booking/"),
    Subject(_("Messengers"), "/settings/messenger/"),
    Subject(_("Assistants and programs"), "/settings/api-tokens/"),
    Subject(_("Webhooks"), "/settings/webhooks/"),
    Subject(_("Sign-in and security"), "/settings/security/", ("/accounts/",)),
    Subject(_("Your data"), "/settings/data/"),
)


@register.inclusion_tag("settings/subjects.html", takes_context=True)
def settings_subjects(context: dict[str, Any]) -> dict[str, Any]:
    request = context["request"]
    current = next((one for one in SUBJECTS if one != PROFILE and one.has(request.path)), PROFILE)
    return {"subjects": SUBJECTS, "current": current, "owner": request.user}
