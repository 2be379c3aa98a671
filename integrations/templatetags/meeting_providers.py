"""What profile settings and the shell show of meeting providers."""

from typing import Any

from django import template

from integrations import connections, section

register = template.Library()


@register.inclusion_tag("integrations/section.html", takes_context=True)
def meeting_providers_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "Connected meeting providers" of profile settings."""
    return section.context(context["request"].user) | {"csrf_token": context.get("csrf_token")}


@register.inclusion_tag("integrations/banner.html", takes_context=True)
def reconnect_banner(context: dict[str, Any]) -> dict[str, Any]:
    """A notice on every page while one of the owner's connections needs reconnecting by the owner."""
    request = context.get("request")
    owner = getattr(request, "user", None)
    if request is None or owner is None or not owner.is_authenticated or not owner.meeting_providers_enabled:
        return {"broken": []}
    held = connections.active(owner)
    broken = [one for one in held if not (connections.can_make_links(one) or connections.is_doubted(one))]
    return {
        **{name: context.get(name, "") for name in ("csrf_token", "keeps_form", "request")},
        "owner": owner,
        "is_news": context.get("is_news", False),
        "broken": [{"slug": one.provider, "name": connections.provider_name(one.provider)} for one in broken],
    }


@register.inclusion_tag("integrations/parts/connect.html", takes_context=True)
def connect_button(
    context: dict[str, Any], slug: str, label: str, kind: str = "secondary", *, back_to: str = ""
) -> dict[str, Any]:
    """Connects or reconnects this provider by one click, and leads back to the page that it is on.

    `back_to`: another path to go on at. Where the page has `keeps_form`, that form is kept with what is typed in it.
    """
    request = context.get("request")
    # What answered a form, or asks for news, may have no address that could be opened.
    is_page = request is not None and request.method == "GET" and "HX-Request" not in request.headers
    here = request.get_full_path() if request is not None and is_page else ""
    return {
        "slug": slug,
        "label": label,
        "kind": kind,
        "next": back_to or here,
        "signs_in": connections.is_authorized(slug),
        **{name: context.get(name, "") for name in ("csrf_token", "keeps_form")},
    }
