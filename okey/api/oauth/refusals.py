"""What OAuth refuses, and how: JSON to programs, a page to the owner, or the way back to the client."""

import logging
from http import HTTPStatus

from django.http import JsonResponse

logger = logging.getLogger(__name__)


class Refusal(Exception):
    """`error` is one of OAuth's codes. The words are ASCII without quotes, as RFC 6749 has it, and hold no secret."""

    def __init__(
        self, error: str, words: str, *, status: int = HTTPStatus.BAD_REQUEST, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(words)
        self.error, self.words, self.status, self.headers = error, words, status, headers or {}


class Untrusted(Refusal):
    """Nobody knows yet that the client and its address are what they seem: the owner is told, the browser stays."""


def note(refusal: Refusal, where: str) -> None:
    """A line for the operator: where, what, and nothing that anybody sent."""
    logger.warning("OAuth %s refused: %s. %s", where, refusal.error, refusal.words)


def answer(refusal: Refusal) -> JsonResponse:
    said = {"error": refusal.error, "error_description": refusal.words}
    return JsonResponse(said, status=refusal.status, headers=refusal.headers)
