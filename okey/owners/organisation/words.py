"""What people read where the organisation did not let them in: what happened, and one thing to do."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from okey.owners.organisation.entrance import Refusal
from okey.owners.organisation.protocol import Problem


class Walked(StrEnum):
    """What goes wrong on the way, whoever it is."""

    CANCELLED = "cancelled"
    #: No such walk was begun in this browser, or it was too long ago.
    LOST = "lost"
    #: Asked again who they are, somebody else came back.
    SOMEBODY_ELSE = "somebody else"
    #: Asked again, they were waved through there.
    NOT_ANEW = "not anew"
    TOO_OFTEN = "too often"


@dataclass(frozen=True)
class Said:
    title: str
    text: str
    status: int


def of(why: Problem | Refusal | Walked, name: str) -> Said:
    titles = {
        Problem.AWAY: _("%(name)s does not answer"),
        Problem.MISCONFIGURED: _("%(name)s does not know O-Key"),
        Problem.NOT_BELIEVED: _("This sign-in does not hold"),
        Refusal.NO_ADDRESS: _("%(name)s says no address of yours"),
        Refusal.TAKEN: _("There is an account with your address"),
        Refusal.UNKNOWN: _("You have no account here yet"),
        Refusal.UNCONFIRMED: _("%(name)s has not confirmed your address"),
        Refusal.ANOTHERS: _("Another account is yours already"),
        Walked.CANCELLED: _("You are not signed in"),
        Walked.LOST: _("This sign-in is over"),
        Walked.SOMEBODY_ELSE: _("That was somebody else"),
        Walked.NOT_ANEW: _("%(name)s did not ask you again"),
        Walked.TOO_OFTEN: _("Too many tries"),
    }
    texts = {
        Problem.AWAY: _("Nothing has happened. Try again in a minute, or sign in another way."),
        Problem.MISCONFIGURED: _("That is for your administrator to mend: the doctor says what is wrong."),
        Problem.NOT_BELIEVED: _(
            "What %(name)s said could not be checked, so it was not taken. Try again; if it lasts, ask your "
            "administrator."
        ),
        Refusal.NO_ADDRESS: _("O-Key knows its people by an e-mail address. Ask %(name)s to hand yours on."),
        Refusal.TAKEN: _(
            "Sign in to it as before. Then connect %(name)s in Settings, under Sign-in and security: next time it "
            "signs you in."
        ),
        Refusal.UNKNOWN: _("Ask your administrator to add you, with the address that you have at %(name)s."),
        Refusal.UNCONFIRMED: _("It may be anybody’s, so O-Key makes no account with it. Confirm it there first."),
        Refusal.ANOTHERS: _("At %(name)s you are connected to another account here. Disconnect it there first."),
        Walked.CANCELLED: _("%(name)s sent you back without signing you in. Nothing has happened."),
        Walked.LOST: _("It was begun in another browser, or too long ago. Begin it again."),
        Walked.SOMEBODY_ELSE: _("At %(name)s somebody else is signed in than whose account this is."),
        Walked.NOT_ANEW: _(
            "It only said that you signed in earlier. Sign out there and try again, or use another way."
        ),
        Walked.TOO_OFTEN: _("Wait ten minutes, or sign in another way."),
    }
    statuses = {
        Problem.AWAY: 503, Problem.MISCONFIGURED: 503, Walked.LOST: 400, Walked.TOO_OFTEN: 429, Walked.CANCELLED: 200
    }  # fmt: skip
    values = {"name": name}
    return Said(titles[why] % values, texts[why] % values, statuses.get(why, 403))
