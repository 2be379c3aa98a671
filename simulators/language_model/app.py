"""A stand-in for a language model behind an address like OpenAI's: it says what it was taught to say, and no more.

A test teaches it (`POST /_simulator/answers`): for a client's words, what a good, a wrong or a hostile model says. To
whatever else comes it says that it does not know. How it is slow, or silent, is a matter of faults, as for a vendor.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from simulators.common import app as common
from simulators.common import control
from simulators.common import state as states
from simulators.common.app import Route, route
from simulators.common.control import bad, json_body
from simulators.common.faults import Fault, Faults, Manners
from simulators.common.messages import Answer, Refusal, Request, json_answer

KNOWS_NOTHING = '{"act": "unknown"}'
#: What a question may say, as https://platform.openai.com/docs/api-reference/chat/create names it.
PARAMETERS = frozenset({"model", "messages", "temperature", "max_tokens", "response_format", "stream"})


@dataclass
class Nobody(states.User):
    """It has no users."""

    id: str = "nobody"
    email: str = "nobody@example.com"


class State(states.State[states.Settings, Nobody]):
    def _load(self) -> None:
        self.users = {}
        #: What it says to a client's words.
        self.taught: dict[str, str] = {}
        #: The bodies of the questions, as they came.
        self.asked: list[dict[str, Any]] = []

    def _add_first_records(self) -> None:
        self.users = {"nobody": Nobody()}

    def _keep(self, record: Any) -> str:
        return str(record.id)

    def user_behind(self, request: Request) -> str | None:
        return None


class Control(control.Control):
    actions: ClassVar[tuple[str, ...]] = ("nothing",)
    user_fields: ClassVar[frozenset[str]] = frozenset()
    _state: State

    def home_page(self) -> str:
        return f"<!doctype html><title>Language model</title><p>{len(self._state.asked)} questions.</p>"

    def new_user(self) -> Nobody:
        raise bad("it has no users")

    def act(self, user: Any, action: str) -> str | None:
        return None

    def parts(self) -> dict[str, Callable[[], Any]]:
        return {"asked": lambda: list(self._state.asked)}

    def teach(self, request: Request) -> Answer:
        """{words: what to say}; what is no text is said as JSON."""
        data = json_body(request)
        if not isinstance(data, dict):
            raise bad("answers are an object: words, and what to say")
        with self._state.changing():
            for words, says in data.items():
                self._state.taught[words] = says if isinstance(says, str) else json.dumps(says)
        return json_answer(200, {"taught": len(self._state.taught)})


def words_of(body: dict[str, Any]) -> str:
    """The client's, of a question that is well formed."""
    messages = body.get("messages")
    if body.keys() - PARAMETERS or not isinstance(messages, list):
        raise _wrong(400, "Unrecognized request argument supplied.")
    if [one.get("role") for one in messages] != ["system", "user"]:
        raise _wrong(400, "Expected a system and a user message.")
    if "JSON" not in messages[0]["content"]:
        raise _wrong(400, "'messages' must contain the word 'json' in some form, to use response_format.")
    words: str = json.loads(messages[1]["content"])["words"]
    return words


class Simulator(common.Simulator):
    state: State
    control: Control

    def __init__(self, settings: states.Settings, path: Path | None) -> None:
        state, faults = State(settings, path), Faults(Manners(operations=("chat",), says=_says))
        super().__init__(state, faults, Control(state, faults))

    def vendor_routes(self) -> list[Route]:
        return [route("POST", "/v1/chat/completions", "chat", chat)]

    def own_routes(self) -> list[Route]:
        return [route("POST", "/_simulator/answers", "teach", self.control.teach)]

    def unknown(self, request: Request, is_known_path: bool) -> Answer:
        return _wrong(405 if is_known_path else 404, f"Unknown request URL: {request.method} {request.path}.").answer


def chat(state: State, request: Request) -> Answer:
    if request.bearer_token != state.settings.client_secret:
        raise _wrong(401, "Incorrect API key provided.")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise _wrong(400, "We could not parse the JSON body of your request.") from None
    state.asked.append(body)
    said = state.taught.get(words_of(body), KNOWS_NOTHING)
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    return json_answer(200, {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice]})


def _says(_fault: Fault, status: int) -> Answer:
    return _wrong(status, "The server had an error while processing your request.").answer


def _wrong(status: int, message: str) -> Refusal:
    return Refusal(json_answer(status, {"error": {"message": message, "type": "invalid_request_error"}}))
