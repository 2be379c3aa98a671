"""Programs that run in a browser, on any site (CORS): they may ask what goes by a token or by nothing at all.

Never with cookies, and never a page: what a browser is signed in to stays out of their reach.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: Metadata, registration, tokens, their end, and MCP. Neither the consent page nor anything else that people look at.
OPEN = re.compile(r"/mcp/?|/oauth/(?:token|revoke|register)|/\.well-known/oauth-[^?]+")
ASKED_WITH = "GET, POST, DELETE, OPTIONS"
SENT = ", ".join(
    (
        "Authorization",
        "Content-Type",
        "Accept",
        "Last-Event-ID",
        "Mcp-Method",
        "Mcp-Name",
        "MCP-Protocol-Version",
        "Mcp-Session-Id",
    )
)
READ = ", ".join(
    (
        "WWW-Authenticate",
        "Mcp-Session-Id",
        "MCP-Protocol-Version",
        "Retry-After",
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
    )
)
#: Seconds for which a browser need not ask again. Chromium takes two hours at most.
KNOWN_FOR = 7200


class CrossOriginMiddleware:
    """Answers what browsers ask beforehand, and lets them read every answer, errors too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not OPEN.fullmatch(request.path_info):
            return self.get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = ASKED_WITH
            response["Access-Control-Allow-Headers"] = SENT
            response["Access-Control-Max-Age"] = str(KNOWN_FOR)
        else:
            response = self.get_response(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = READ
        return response
