"""What every answer under /api/ has in common, whoever gave it: problems for errors, rate headers, no caching, and HEAD
where there is GET.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from okey.api import limiting, problems
from okey.lib.draining import drain

PREFIX = "/api/"


class ApiAnswersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        # The handlers speak their owner's language; a thread must not keep it for the next request.
        with timezone.override(None), translation.override(translation.get_language()):
            response = _as_problem(self._answered(request))
        if response.status_code == problems.KINDS[problems.Code.TOO_LARGE].status:
            drain(request)
        limiting.describe(request, response)
        add_never_cache_headers(response)
        return _without_body(response) if request.method == "HEAD" else response

    def _answered(self, request: HttpRequest) -> HttpResponse:
        """HEAD is answered as GET is."""
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        try:
            return self.get_response(request)
        finally:
            request.method = "HEAD"


def _as_problem(response: HttpResponse) -> HttpResponse:
    """Django's own errors, such as 404 for an unknown address, are pages; here they are problems too."""
    if "Allow" in response:
        response["Allow"] = _with_head(response["Allow"])
    if response.status_code < 400 or response["Content-Type"] == problems.MEDIA_TYPE:
        return response
    code = problems.BY_STATUS.get(response.status_code, problems.Code.SERVER_ERROR)
    headers = {name: response[name] for name in ("Allow", "Retry-After") if name in response}
    return problems.answer(problems.Problem(code, headers=headers))


def _without_body(response: HttpResponse) -> HttpResponse:
    response["Content-Length"] = str(len(response.content))
    response.content = b""
    return response


def _with_head(allowed: str) -> str:
    methods = sorted(method.strip() for method in allowed.split(","))
    return ", ".join(sorted({*methods, "HEAD"} if "GET" in methods else methods))
