"""The organisation by which owners may sign in: whether its provider is who was set up, and takes O-Key's client."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from integrations.doctor.findings import Finding, bad, ok, warning
from okey.owners.organisation import protocol, set_up
from okey.owners.organisation.protocol import Problem, Trouble
from okey.owners.organisation.views import back_url


def organisation() -> Iterator[Finding]:
    """Nothing where none is set up: that is a choice, and half of the settings do not start."""
    found = set_up()
    if found is None:
        return
    values = {"name": found.name, "issuer": found.issuer}
    yield ok(_("%(name)s: redirect URL to paste") % values, back_url(), to_copy=True)
    try:
        provider = protocol.find(found)
        yield ok(_("%(name)s: issuer") % values, _("%(issuer)s is who it says.") % values)
        refused = protocol.refuses_client(provider, found, back=back_url())
    except Trouble as trouble:
        yield _trouble(trouble, values | {"detail": trouble.detail})
        return
    subject = _("%(name)s: client ID and secret") % values
    if refused:
        todo = _("Compare OKEY_OIDC_CLIENT_ID and OKEY_OIDC_CLIENT_SECRET with O-Key’s client there.")
        yield bad(subject, _("%(name)s refuses them (%(detail)s).") % (values | {"detail": refused}), todo)
    else:
        yield ok(subject, _("%(name)s accepts them.") % values)


def _trouble(trouble: Trouble, values: dict[str, str]) -> Finding:
    subject = _("%(name)s: issuer") % values
    if trouble.problem is Problem.AWAY:
        text = _("%(issuer)s does not answer as OpenID Connect does (%(detail)s), so nobody signs in by it.") % values
        todo = _(
            "See whether this machine reaches it, and whether OKEY_OIDC_SERVER_URL is the issuer, letter by letter."
        )
        return warning(subject, text, todo)
    text = _("%(issuer)s is not what was set up: %(detail)s.") % values
    return bad(subject, text, _("Set OKEY_OIDC_SERVER_URL to the issuer as its document has it."))
