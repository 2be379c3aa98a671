"""The address at which assistants call the tools."""

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django_mcpz.jsonrpc import INVALID_REQUEST, PARSE_ERROR, error_response

from meetings.assistant import (
    connection_tools,
    contact_tools,
    hours_tools,
    looking_tools,
    meeting_tools,
    offer_tools,
    time_tools,
)
from meetings.assistant.server import server
from okey.api import limiting
from okey.lib.draining import drain

#: Their tools are registered when they are read.
TOOLS = (contact_tools, time_tools, meeting_tools, looking_tools, connection_tools, offer_tools, hours_tools)
MEDIA_TYPE = "application/json"
#: Bytes. The longest call, a meeting with an agenda, needs a tenth of it.
LARGEST_BODY = 128 * 1024


@csrf_exempt  # clients are no browsers, and bring a token with each call
def mcp(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        response = _refusal(
            HTTPStatus.METHOD_NOT_ALLOWED, "Send messages by POST. There is no stream and no session here."
        )
        response["Allow"] = "POST"
    elif request.content_type != MEDIA_TYPE:
        response = _refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The Content-Type must be {MEDIA_TYPE}")
    elif _is_too_large(request):
        response = _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A message has at most {LARGEST_BODY} bytes")
        drain(request)
    else:
        response = _answer(request)
    limiting.describe(request, response)
    add_never_cache_headers(response)
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        return server(request)
    except (RecursionError, UnicodeDecodeError):  # JSON that is nested without end, or is not UTF-8
        return _refusal(HTTPStatus.BAD_REQUEST, "Invalid JSON", PARSE_ERROR)


def _is_too_large(request: HttpRequest) -> bool:
    try:
        return len(request.body) > LARGEST_BODY
    except RequestDataTooBig:
        return True


def _refusal(status: HTTPStatus, words: str, code: int = INVALID_REQUEST) -> HttpResponse:
    return error_response(None, code, words, status=status)
