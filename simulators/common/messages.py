"""A request as the handlers see it, and the answers they give. Nothing here knows sockets."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query_string: str
    #: Names in lower case.
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def is_form(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")

    @property
    def form_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True) if self.is_form else []

    @property
    def form(self) -> dict[str, str]:
        return dict(self.form_pairs)

    @property
    def bearer_token(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def basic_credentials(self) -> tuple[str, str]:
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, password


@dataclass
class Answer:
    status: int
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    #: What was done, for the list of answers that got lost; never sent.
    about: dict[str, Any] = field(default_factory=dict)
    #: Seconds between the bytes of the body.
    drip: float = 0

    @property
    def is_ok(self) -> bool:
        return self.status < 400


class Refusal(Exception):
    """Ends a handler early with the answer to give."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Disconnect(Exception):
    """Close the connection without an answer."""


def json_answer(status: int, data: Any, headers: dict[str, str] | None = None) -> Answer:
    body = json.dumps(data, ensure_ascii=False).encode()
    return Answer(status, body, "application/json;charset=UTF-8", dict(headers or {}))


def html_answer(status: int, page: str) -> Answer:
    return Answer(status, page.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-store"})


def redirect(url: str, status: int = 302) -> Answer:
    return Answer(status, headers={"Location": url, "Cache-Control": "no-store"})
