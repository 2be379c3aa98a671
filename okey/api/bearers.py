"""Who brings a token: an owner's own, or an assistant or app that the owner allowed by OAuth."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from okey.api import tokens
from okey.api.models import Bearer
from okey.api.oauth import grants
from okey.api.problems import Code, Problem


def secret_of(request: HttpRequest) -> str:
    """What came as `Authorization: Bearer …`; "" where nothing did."""
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def authenticate(secret: str) -> Bearer | None:
    """Whom this secret belongs to, with the owner, if both may be used now."""
    if secret.startswith(grants.ACCESS_MARK):
        return grants.authenticate(secret)
    return tokens.authenticate(secret)


def nobody(request: HttpRequest, resource: str, *, needs: str) -> Problem:
    """401, with where a client learns how to sign in."""
    brought_one = bool(secret_of(request))
    words = _("This token does not work, or not any more. Connect O-Key again, or make another API token in settings.")
    header = challenge(resource, needs, "invalid_token" if brought_one else "")
    return Problem(Code.NOT_AUTHENTICATED, words if brought_one else "", headers={"WWW-Authenticate": header})


def challenge(resource: str, needs: str, error: str = "") -> str:
    """Of WWW-Authenticate: what is missing, and where the metadata of the resource is (RFC 6750, RFC 9728)."""
    where = f"{settings.OKEY_BASE_URL}/.well-known/oauth-protected-resource{resource}"
    said = f', error="{error}"' if error else ""
    return f'Bearer realm="O-Key"{said}, resource_metadata="{where}", scope="{needs}"'
