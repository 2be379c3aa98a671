"""What an exception that nobody caught becomes: 503 while the database is away, else 500."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from okey.api import problems
from okey.lib.outage import RETRY_SECONDS, is_outage

#: Programs ask here; what they cannot read helps them as little as a page.
FOR_PROGRAMS = ("/api/", "/mcp", "/oauth/token", "/oauth/revoke", "/oauth/register", "/.well-known/")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls it while it handles the exception, from wherever in the request that came."""
    out, for_program = is_outage(sys.exception()), request.path_info.startswith(FOR_PROGRAMS)
    if for_program:
        return problems.answer(problems.unavailable() if out else problems.Problem(problems.Code.SERVER_ERROR))
    if not out:
        return defaults.server_error(request)
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
