"""What administrators do to many rows at once: asked first, done once, and noted in the history of each row.

And the buttons of one row's page (django-object-actions), of rows that there are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_permission_codename
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_object_actions import DjangoObjectActions

Row = TypeVar("Row", bound=models.Model)

#: So many rows by one action: each is locked, written and noted by itself.
AT_ONCE = 200
#: So many of them are named before the action; of more, how many there are.
NAMED = 20


@dataclass(frozen=True)
class Deed:
    """`do` is told a row and says whether it did anything: not where somebody else has done it meanwhile.

    `question` and `consequence` are read before, `noted` stands in the row's history.
    """

    name: str
    question: Any
    consequence: Any
    button: Any
    noted: Any
    do: Callable[[Any], bool]
    names: Callable[[Any], str] = str


class Buttons(DjangoObjectActions):  # type: ignore[misc]  # it has no types
    """The buttons of a row's page. What is the key of no row is not found: the library's view fails at no UUID."""

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        for one in urls:
            if one.name == self.tools_view_name.removeprefix("admin:"):
                one.callback = self._of_a_row(one.callback)
        return urls

    def _of_a_row(self, view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def found(request: HttpRequest, **named: Any) -> Any:
            is_let_in = self.admin_site.has_permission(request)
            if is_let_in and "pk" in named and self.get_object(request, unquote(named["pk"])) is None:
                raise Http404
            return view(request, **named)

        return found


class ActingAdmin(admin.ModelAdmin[Row]):
    """A list whose rows may be acted on, by whoever may change them, although nothing can be written into them."""

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.{get_permission_codename('change', self.opts)}")

    def get_change_actions(self, request: HttpRequest, object_id: str, form_url: str) -> Any:
        """The buttons of a row's page (django-object-actions, which comes behind this class)."""
        wanted: Any = super().get_change_actions(request, object_id, form_url)  # type: ignore[misc]
        return wanted if self.has_act_permission(request) else ()

    def act(self, request: HttpRequest, rows: Iterable[Row], deed: Deed) -> HttpResponse | None:
        """The question, or what came of it once it was answered."""
        chosen = list(rows[: AT_ONCE + 1] if isinstance(rows, models.QuerySet) else rows)
        if len(chosen) > AT_ONCE:
            text = _("Choose %(count)d at most: nothing was done.")
            self.message_user(request, text % {"count": AT_ONCE}, messages.WARNING)
            return None
        if request.method != "POST" or "apply" not in request.POST:
            return self._ask(request, chosen, deed)
        done = 0
        for row in chosen:
            if deed.do(row):
                self.log_change(request, row, str(deed.noted))
                done += 1
        self._say(request, done, len(chosen) - done)
        return None

    def _ask(self, request: HttpRequest, chosen: list[Row], deed: Deed) -> HttpResponse:
        opts = self.opts
        hidden = [("action", deed.name), *((ACTION_CHECKBOX_NAME, str(one.pk)) for one in chosen)]
        context = {
            **self.admin_site.each_context(request),
            "title": deed.question,
            "opts": opts,
            "deed": deed,
            "count": len(chosen),
            "names": [deed.names(one) for one in chosen[:NAMED]],
            "more": max(0, len(chosen) - NAMED),
            "hidden": hidden,
            "back_url": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "admin/act.html", context)

    def _say(self, request: HttpRequest, done: int, left: int) -> None:
        if done:
            text = ngettext("Done: %(count)d.", "Done: %(count)d.", done) % {"count": done}
            self.message_user(request, text, messages.SUCCESS)
        if left:
            text = ngettext(
                "%(count)d was left as it is: there was nothing to do, or somebody else has done it.",
                "%(count)d were left as they are: there was nothing to do, or somebody else has done it.",
                left,
            )
            self.message_user(request, text % {"count": left}, messages.INFO)
