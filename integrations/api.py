"""Providers and connections in the REST API. The rules are in connections, authorization and phone_apps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Path, Router, Status
from pydantic import Field
from pydantic.json_schema import WithJsonSchema

from integrations import authorization, connections, phone_apps, registry, words
from integrations.api_schemas import AttemptOut, ConnectionEventOut, ConnectionOut, ProviderOut, StartedOut, connects_by
from integrations.models import AuthorizationAttempt, Connection, ConnectionEvent
from okey.api.auth import ApiRequest, needs, not_entitled
from okey.api.limiting import too_many
from okey.api.models import Scope
from okey.api.paging import PAGE_SIZE, Cursor, Limit, Page, cut
from okey.api.problems import Code, Problem, documents, invalid
from okey.api.schemas import Body, Line, Switch, Text

router = Router(tags=["Connections"])

reading = needs(Scope.READ, meeting_providers=True)
connecting = needs(Scope.CONNECT, meeting_providers=True)

AUTHORIZED = [one.slug for one in registry.providers() if connects_by(one) == "authorization"]
SWITCHED_ON = [one.slug for one in registry.providers() if connects_by(one) != "authorization"]

Slug = Annotated[Text, Path(description="A provider's name, as GET /providers lists it.", examples=["zoom"])]
ConnectionId = Annotated[UUID, Path(examples=["5f0c9c52-1d0a-4a8e-8c39-0d9d6c1b7a11"])]
AttemptId = Annotated[UUID, Path(examples=["2d4d1f8b-6a55-4d2e-9d7a-7c1f3b5e9a00"])]


class AuthorizeIn(Body):
    provider: Annotated[Text, WithJsonSchema({"type": "string", "enum": AUTHORIZED})] = Field(examples=["zoom"])
    finish_in: Literal["app", "browser"] = Field(
        "app",
        description="Where it ends. “app”: the browser leads to the app's deep link with a handle, and the app "
        "completes. “browser”: the owner signs in to O-Key there, and nothing is left to do.",
        examples=["app"],
    )


class CompleteIn(Body):
    handle: Text = Field(
        description="From the deep link. Good for one exchange, within ten minutes of the start.",
        max_length=200,
        examples=["pYk2…"],
    )


class AnswerIn(Body):
    replace: Switch = Field(description="True: the connected account goes, the new one takes its place.")


class ConnectIn(Body):
    provider: Annotated[Text, WithJsonSchema({"type": "string", "enum": SWITCHED_ON})] = Field(
        examples=["personal_link"]
    )
    link: Line = Field(
        "",
        description="Your own meeting address, for a provider that needs one: https.",
        max_length=500,
        examples=["https://meet.example.com/alice"],
    )


class LobbyIn(Body):
    lets_everyone_in: Switch = Field(description="True: people with the link come in. False: as the account is set.")


# --- Providers and their diary ----------------------------------------------------------------------------


@router.get(
    "/providers",
    response=Page[ProviderOut],
    auth=reading,
    operation_id="list_providers",
    summary="The meeting providers, and whether you are connected",
)
def list_providers(request: ApiRequest) -> Page[ProviderOut]:
    items = [ProviderOut.of(entry) for entry in connections.overview(request.auth.owner)]
    return Page[ProviderOut](items=items, next_cursor=None)


@router.get(
    "/providers/{provider}/events",
    response={200: Page[ConnectionEventOut], **documents(404)},
    auth=reading,
    operation_id="list_connection_events",
    summary="What happened to your connection, newest first",
)
def list_connection_events(
    request: ApiRequest, provider: Slug, limit: Limit = PAGE_SIZE, cursor: Cursor = ""
) -> Page[ConnectionEventOut]:
    if provider not in registry.PROVIDERS:
        raise Problem(Code.NOT_FOUND)
    mine = ConnectionEvent.objects.filter(owner=request.auth.owner, provider=provider).select_related("account")
    page = cut(mine, order=("-at", "-id"), limit=limit, cursor=cursor, listing=f"connection events:{provider}")
    return Page[ConnectionEventOut](
        items=[ConnectionEventOut.of(event) for event in page.rows], next_cursor=page.next_cursor
    )


# --- Connecting -------------------------------------------------------------------------------------------


@router.post(
    "/connections/authorize",
    response={201: StartedOut, **documents(409)},
    auth=connecting,
    operation_id="authorize_connection",
    summary="Begin to connect a provider that you authorize at",
)
def authorize(request: ApiRequest, body: AuthorizeIn) -> Status[StartedOut]:
    if body.provider not in AUTHORIZED:
        raise invalid(
            "provider", _("Not a provider that you authorize at: %(those)s.") % {"those": ", ".join(AUTHORIZED)}
        )
    with _refusals():
        attempt = authorization.begin(request.auth.owner, body.provider, for_app=body.finish_in == "app")
    return Status(201, StartedOut.of(attempt))


@router.post(
    "/connections/complete",
    response={200: AttemptOut, **documents(404, 410)},
    auth=connecting,
    operation_id="complete_connection",
    summary="Go on with the handle from the deep link",
    description="O-Key exchanges the provider's code now, once. Safe to repeat: then it says how the attempt stands. "
    "A handle of another owner's attempt is not found, and stays good for that owner.",
)
def complete(request: ApiRequest, body: CompleteIn) -> AttemptOut:
    with _refusals():
        try:
            attempt = phone_apps.complete(request.auth.owner, body.handle)
        except phone_apps.HandleUsed as used:
            attempt = used.attempt
    return AttemptOut.of(_attempt(request, attempt.pk))


@router.get(
    "/connections/attempts/{attempt_id}",
    response={200: AttemptOut, **documents(404)},
    auth=reading,
    operation_id="read_attempt",
    summary="How an attempt to connect stands",
)
def read_attempt(request: ApiRequest, attempt_id: AttemptId) -> AttemptOut:
    return AttemptOut.of(_attempt(request, attempt_id))


@router.post(
    "/connections/attempts/{attempt_id}/answer",
    response={200: AttemptOut, **documents(404, 409)},
    auth=connecting,
    operation_id="answer_attempt",
    summary="Say whether the connected account is to be replaced",
    description="Where an attempt is “asking”. Safe to repeat: the first answer counts.",
)
def answer_attempt(request: ApiRequest, attempt_id: AttemptId, body: AnswerIn) -> AttemptOut:
    attempt = _attempt(request, attempt_id)
    if attempt.status != AuthorizationAttempt.Status.ASKING and not attempt.outcome:
        raise Problem(Code.CONFLICT, _("There is nothing to answer: nobody has come back from the provider yet."))
    authorization.answer(attempt.pk, replace=body.replace)
    return AttemptOut.of(_attempt(request, attempt_id))


# --- Connections ------------------------------------------------------------------------------------------


@router.get(
    "/connections",
    response=Page[ConnectionOut],
    auth=reading,
    operation_id="list_connections",
    summary="Your connections, one a provider",
)
def list_connections(request: ApiRequest) -> Page[ConnectionOut]:
    entries = connections.overview(request.auth.owner)
    items = [ConnectionOut.of(entry, entry.connection) for entry in entries if entry.connection]
    return Page[ConnectionOut](items=items, next_cursor=None)


@router.post(
    "/connections",
    response={200: ConnectionOut},
    auth=connecting,
    operation_id="connect",
    summary="Switch on a provider that needs no authorization",
    description="Or change the address of a personal link. Safe to repeat.",
)
def connect(request: ApiRequest, body: ConnectIn) -> ConnectionOut:
    if body.provider not in SWITCHED_ON:
        raise invalid(
            "provider", _("Not a provider that is just switched on: %(those)s.") % {"those": ", ".join(SWITCHED_ON)}
        )
    with _refusals():
        connection = connections.connect(owner=request.auth.owner, provider=body.provider, link=body.link)
    return _shown(request, connection.pk)


@router.get(
    "/connections/{connection_id}",
    response={200: ConnectionOut, **documents(404)},
    auth=reading,
    operation_id="read_connection",
    summary="One connection",
)
def read_connection(request: ApiRequest, connection_id: ConnectionId) -> ConnectionOut:
    return _shown(request, connection_id)


@router.delete(
    "/connections/{connection_id}",
    response={204: None, **documents(404, 503)},
    auth=connecting,
    operation_id="disconnect",
    summary="Disconnect",
    description="Existing meetings keep their links. If it was your default, you have none afterwards: new meetings "
    "get no video link until you choose one.",
)
def disconnect(request: ApiRequest, connection_id: ConnectionId) -> Status[None]:
    try:
        ended = connections.disconnect(owner=request.auth.owner, connection_id=connection_id)
    except connections.TryAgain:
        raise Problem(Code.UNAVAILABLE, words.try_again()) from None
    if ended is None:
        raise Problem(Code.NOT_FOUND, _("It is disconnected already."))
    return Status(204, None)


@router.post(
    "/connections/{connection_id}/default",
    response={200: ConnectionOut, **documents(404)},
    auth=connecting,
    operation_id="make_connection_default",
    summary="Make it the default for new meetings",
    description="Safe to repeat.",
)
def make_default(request: ApiRequest, connection_id: ConnectionId) -> ConnectionOut:
    with _refusals():
        connection = connections.make_default(owner=request.auth.owner, connection_id=connection_id)
    return _shown(request, connection.pk)


@router.post(
    "/connections/{connection_id}/lobby",
    response={200: ConnectionOut, **documents(404)},
    auth=connecting,
    operation_id="choose_lobby",
    summary="Choose who comes into new meetings without being let in",
    description="For a provider that leaves the choice; not found for others. Safe to repeat. An organization may not "
    "allow it: then people wait.",
)
def choose_lobby(request: ApiRequest, connection_id: ConnectionId, body: LobbyIn) -> ConnectionOut:
    with _refusals():
        connection = connections.let_everyone_in(
            owner=request.auth.owner, connection_id=connection_id, everyone=body.lets_everyone_in
        )
    return _shown(request, connection.pk)


def _attempt(request: ApiRequest, attempt_id: UUID) -> AuthorizationAttempt:
    """Raises AuthorizationAttempt.DoesNotExist, which is 404, for anybody else's."""
    return AuthorizationAttempt.objects.select_related("account").get(pk=attempt_id, owner=request.auth.owner)


def _shown(request: ApiRequest, connection_id: UUID) -> ConnectionOut:
    """Raises Connection.DoesNotExist, which is 404, for anybody else's and for one that has ended."""
    for entry in connections.overview(request.auth.owner):
        if entry.connection and entry.connection.pk == connection_id:
            return ConnectionOut.of(entry, entry.connection)
    raise Connection.DoesNotExist


@contextmanager
def _refusals() -> Iterator[None]:
    """What our modules raise, as problems. An entitlement may have gone since the token was looked at."""
    try:
        yield
    except (authorization.NotEntitled, connections.NotEntitled) as error:
        raise not_entitled() from error
    except authorization.TooManyAttempts as error:
        raise too_many(error.verdict) from error
    except authorization.NotConfigured as error:
        raise Problem(Code.PROVIDER_NOT_SET_UP) from error
    except phone_apps.UnknownHandle as error:
        raise Problem(Code.NOT_FOUND) from error
    except phone_apps.HandleExpired as error:
        raise Problem(Code.HANDLE_EXPIRED) from error
