"""How an attempt ended, in words for its owner, with how grave it is and what to do."""

import math
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import registry
from integrations.models import AuthorizationAttempt, Connection

Results = AuthorizationAttempt.Outcome


@dataclass(frozen=True)
class Said:
    """`tone` is a notice's; `again` whether starting again is the thing to do."""

    tone: str
    title: str
    text: str = ""
    again: bool = True

    @property
    def level(self) -> int:
        """For Django's messages."""
        return {"good": messages.SUCCESS, "info": messages.INFO, "warn": messages.WARNING}.get(
            self.tone, messages.ERROR
        )


def of(attempt: AuthorizationAttempt) -> Said:
    """Words for an attempt that is over."""
    name = registry.service(attempt.provider).name
    if attempt.outcome in {Results.CONNECTED, Results.RECONNECTED}:
        return _connected(attempt, name)
    said = _refusals(name, attempt.detail).get(attempt.outcome)
    return said or Said("bad", _("%(name)s was not connected.") % {"name": name}, _("Please try again."))


def _connected(attempt: AuthorizationAttempt, name: str) -> Said:
    values = {"name": name, "account": str(attempt.account or "")}
    title = (
        _("%(name)s is connected again as %(account)s.")
        if attempt.outcome == Results.RECONNECTED
        else _("%(name)s is connected as %(account)s.")
    )
    text = _("It is your default: new meetings get a %(name)s link.") if attempt.became_default else ""
    return Said("good", title % values, text % values, again=False)


def too_many_attempts(name: str, retry_seconds: int) -> str:
    """Nothing is wrong with the connection."""
    minutes = max(1, math.ceil(retry_seconds / 60))
    wait = ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    values = {"name": name, "wait": wait, "support": settings.SUPPORT_EMAIL}
    return (
        _(
            "Connecting %(name)s was begun very often in the last hour, so O-Key waits a little. Nothing was changed. "
            "Try again in %(wait)s; if %(name)s does not let you connect, write to %(support)s."
        )
        % values
    )


def _refusals(name: str, detail: str = "") -> dict[str, Said]:
    values = {"name": name, "detail": detail, "support": settings.SUPPORT_EMAIL}
    unchanged = _("Nothing was changed.")
    return {
        Results.DECLINED: Said("info", _("You declined at %(name)s.") % values, unchanged),
        Results.KEPT: Said("info", _("Your connected account stays as it is."), unchanged, again=False),
        Results.EXPIRED: Said(
            "warn",
            _("This took too long, so nothing was connected."),
            _("A connection has to be finished within ten minutes. Please start again."),
        ),
        Results.CODE_REFUSED: Said(
            "warn",
            _("%(name)s did not accept the way back.") % values,
            _("The permission it handed out is not valid any more. Please start again."),
        ),
        Results.UNAVAILABLE: Said(
            "warn", _("%(name)s is not available at the moment, try again.") % values, _("Nothing was connected.")
        ),
        Results.MISCONFIGURED: Said(
            "bad",
            _("%(name)s isn’t set up correctly here; your administrator has been told.") % values,
            _("There is nothing that you need to do. Try again later."),
            again=False,
        ),
        **_refused_accounts(values),
        Results.NOT_ENTITLED: Said(
            "bad",
            _("Meeting-provider access is switched off for your account."),
            _("Ask %(support)s to switch it on.") % values,
            again=False,
        ),
        Results.OTHER_OWNER: Said(
            "warn",
            _("This was started by somebody else."),
            _("Nothing was connected. Start from your own settings."),
        ),
    }


def _refused_accounts(values: dict[str, str]) -> dict[str, Said]:
    """The person came back, and with this account or these permissions no meetings can be made."""
    return {
        Results.SCOPE_MISSING: Said(
            "bad",
            _("%(name)s did not grant a permission that O-Key needs: %(detail)s.") % values,
            _("Start again and tick every permission. If you cannot, ask %(support)s.") % values,
        ),
        Results.MAY_NOT_HOST: Said(
            "bad",
            _("This %(name)s user may not host meetings.") % values,
            _("Ask the administrator of your %(name)s account for a licence, or connect another user.") % values,
        ),
        Results.PERSONAL_ACCOUNT: Said(
            "warn",
            _("That is a personal account. %(name)s needs a work or school account here.") % values,
            _("Nothing was connected. Start again and choose your work or school account."),
        ),
        Results.CHALLENGED: Said(
            "warn",
            _("%(name)s wants more of you at the sign-in.") % values,
            _(
                "Your organization demands another way to sign in, perhaps with a second factor. Nothing was connected."
                " Start again: %(name)s asks for it now."
            )
            % values,
        ),
        Results.NEEDS_ADMIN: Said(
            "info",
            _("An administrator of your organization has to allow O-Key first.") % values,
            _(
                "Nothing was changed. Ask them to allow it: where %(name)s is not connected yet, your settings have a"
                " text with a link that you can forward."
            )
            % values,
        ),
    }


# --- without an attempt of one's own ---------------------------------------------------------------------


def expired(attempt: AuthorizationAttempt) -> Said:
    """For one whose time ran out and which nobody has ended yet."""
    return _refusals(registry.service(attempt.provider).name)[Results.EXPIRED]


def other_owner() -> Said:
    return Said(
        "warn",
        _("This was started by somebody else."),
        _("You are signed in as another person. Nothing was connected. You can start your own connection here."),
    )


def other_browser(name: str) -> Said:
    return Said(
        "warn",
        _("The permission from %(name)s arrived in another browser.") % {"name": name},
        _("Sign in to O-Key there to go on, or start again here. Nothing was connected."),
    )


def used_already(attempt: AuthorizationAttempt) -> Said:
    """For a way back, or an authorization address, that is used a second time."""
    return Said(
        "info",
        _("This address has been used already."),
        _("It works once. What came of it then: %(outcome)s Settings show how things stand now.")
        % {"outcome": of(attempt).title},
        again=False,
    )


def unknown_state(name: str) -> Said:
    return Said(
        "warn",
        _("O-Key does not know this way back from %(name)s.") % {"name": name},
        _("It may have been used before, or belong to another O-Key. Nothing was connected."),
    )


def stateless(name: str) -> Said:
    return Said(
        "info",
        _("One more step to connect %(name)s") % {"name": name},
        _("You came from %(name)s itself. To be sure that it is you, O-Key starts the connection on its own.")
        % {"name": name},
    )


# --- in the browser that a phone app opened --------------------------------------------------------------


def to_app(name: str) -> Said:
    return Said(
        "info",
        _("%(name)s has agreed: back to the app") % {"name": name},
        _("The O-Key app finishes the connection. It should open by itself."),
    )


def app_ended(how: str, name: str) -> Said | None:
    """`how` is an error code of the app's deep link (docs/api.md). None for one that is none."""
    refusals = _refusals(name)
    return {
        "declined": refusals[Results.DECLINED],
        "expired": refusals[Results.EXPIRED],
        "refused": refusals[Results.CODE_REFUSED],
        "needs_admin": refusals[Results.NEEDS_ADMIN],
        "other_owner": Said(
            "warn",
            _("This browser is signed in to O-Key as another person."),
            _("Nothing was connected. Sign out of O-Key here, then start again in the app."),
        ),
        "used": Said("info", _("This way back has been used already."), _("It works once. The app shows the outcome.")),
    }.get(how)


# --- for an administrator of the owner's organization ----------------------------------------------------


def from_administrator(name: str, *, is_approved: bool) -> Said:
    if is_approved:
        return Said(
            "good",
            _("Thank you. Your organization allows O-Key now."),
            _("Whoever asked you can connect %(name)s in O-Key now. You can close this page.") % {"name": name},
        )
    return Said(
        "info",
        _("O-Key was not allowed."),
        _("Nothing was changed. You can open the link that you were sent again, and close this page."),
    )


def unknown_administrator() -> Said:
    return Said(
        "warn",
        _("O-Key does not know this way back."),
        _("Nothing was changed here. Ask whoever sent you the link for a new one."),
    )


# --- messages --------------------------------------------------------------------------------------------


def switched_on(connection: Connection, name: str) -> str:
    if connection.is_default:
        return _("%(name)s is on, and it is your default.") % {"name": name}
    return _("%(name)s is on. Your default stays as it was.") % {"name": name}


def now_default(name: str) -> str:
    return _("%(name)s is now your default.") % {"name": name}


def lobby(name: str, *, everyone: bool) -> str:
    if everyone:
        return _("%(name)s is asked to let people with the link come in, at new meetings.") % {"name": name}
    return _("New %(name)s meetings go by your account’s own setting: most people wait until you let them in.") % {
        "name": name
    }


def try_again() -> str:
    return _("That did not work just now, and nothing was changed. Please try again.")


def disconnected(name: str) -> str:
    return _("%(name)s is disconnected. Existing meetings keep their links.") % {"name": name}
