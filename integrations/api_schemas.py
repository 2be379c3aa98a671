"""What the REST API says of providers, connections, attempts to connect and the diary."""

from typing import Literal, Self
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from integrations import authorization, words
from integrations.connections import CONNECTED, ConnectionStatus, Entry
from integrations.models import AuthorizationAttempt, Connection, ConnectionEvent, ProviderAccount
from integrations.providers.base import Provider
from okey.api.schemas import Zulu

Status = AuthorizationAttempt.Status
Outcome = AuthorizationAttempt.Outcome

#: An attempt's status, as whoever waits for it needs it.
Stage = Literal["waiting", "returned", "finishing", "asking", "done", "failed"]
STAGES: dict[str, Stage] = {
    Status.PENDING: "waiting",
    Status.RETURNED: "returned",
    Status.EXCHANGED: "finishing",
    Status.ASKING: "asking",
    Status.DONE: "done",
    Status.FAILED: "failed",
}


class AccountOut(Schema):
    """The owner's own account at the provider."""

    email: str = Field(examples=["alice@example.com"])
    name: str = Field(examples=["Alice Archer"])

    @classmethod
    def of(cls, account: ProviderAccount | None) -> Self | None:
        return None if account is None or not account.is_named else cls(email=account.email, name=account.display_name)


class ConnectionOut(Schema):
    id: UUID = Field(examples=["5f0c9c52-1d0a-4a8e-8c39-0d9d6c1b7a11"])
    provider: str = Field(examples=["zoom"])
    provider_name: str = Field(examples=["Zoom"])
    status: Literal["connected", "needs_reconnecting"] = Field(examples=["connected"])
    is_default: bool = Field(description="New meetings get their link here.", examples=[True])
    account: AccountOut | None = Field(description="Null where the provider has no accounts.")
    link: str | None = Field(description="The meeting address of a personal link.", examples=[None])
    is_shared: bool = Field(description="Another owner uses the same account.", examples=[False])
    missing_permissions: list[str] = Field(
        description="What the provider did not allow, by its names; reconnect to allow it.", examples=[[]]
    )
    lets_everyone_in: bool | None = Field(
        description="Whether people with the link of a new meeting come in without being let in. Null where the "
        "provider leaves no choice.",
        examples=[None],
    )
    connected_at: Zulu = Field(examples=["2026-03-02T09:00:00Z"])

    @classmethod
    def of(cls, entry: Entry, connection: Connection) -> Self:
        return cls(
            id=connection.pk,
            provider=entry.provider.slug,
            provider_name=entry.provider.name,
            status="connected" if entry.status == CONNECTED else "needs_reconnecting",
            is_default=connection.is_default,
            account=AccountOut.of(connection.account),
            link=connection.link or None,
            is_shared=entry.is_shared,
            missing_permissions=entry.missing_scopes,
            lets_everyone_in=connection.lets_everyone_in if entry.provider.has_lobby else None,
            connected_at=connection.connected_at,
        )


ConnectsBy = Literal["authorization", "link", "switch"]


class ProviderOut(Schema):
    provider: str = Field(examples=["zoom"])
    name: str = Field(examples=["Zoom"])
    connects_by: ConnectsBy = Field(
        description="Authorizing at the provider, naming an address of your own, or just switching it on.",
        examples=["authorization"],
    )
    is_set_up: bool = Field(
        description="Whether the operator of this O-Key has set it up. One that is not is listed only while you are "
        "connected.",
        examples=[True],
    )
    status: ConnectionStatus = Field(examples=["connected"])
    connection: ConnectionOut | None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(
            provider=entry.provider.slug,
            name=entry.provider.name,
            connects_by=connects_by(entry.provider),
            is_set_up=entry.is_configured,
            status=entry.status,
            connection=ConnectionOut.of(entry, entry.connection) if entry.connection else None,
        )


def connects_by(provider: Provider) -> ConnectsBy:
    if provider.needs_oauth:
        return "authorization"
    return "link" if provider.needs_link else "switch"


class AttemptOut(Schema):
    """One walk from *Connect* over the provider's consent page to a connection, or to a named reason why not."""

    id: UUID = Field(examples=["2d4d1f8b-6a55-4d2e-9d7a-7c1f3b5e9a00"])
    provider: str = Field(examples=["zoom"])
    status: Stage = Field(
        description="Waiting for the person; returned, so the app may complete; finishing, ask again in some seconds; "
        "asking, answer whether the other account is to be replaced; done; failed.",
        examples=["done"],
    )
    outcome: Outcome | None = Field(description="Once it is done or failed.", examples=["connected"])
    message: str = Field(
        description="The outcome in words for the owner.", examples=["Zoom is connected as alice@example.com."]
    )
    account: AccountOut | None
    connection_id: UUID | None = Field(examples=["5f0c9c52-1d0a-4a8e-8c39-0d9d6c1b7a11"])
    expires_at: Zulu = Field(description="Until then the person must be back.", examples=["2026-03-02T09:10:00Z"])

    @classmethod
    def of(cls, attempt: AuthorizationAttempt) -> Self:
        outcome = _outcome(attempt)
        return cls(
            id=attempt.pk,
            provider=attempt.provider,
            status=_stage(attempt, outcome),
            outcome=outcome,
            message=_message(attempt, outcome),
            account=AccountOut.of(attempt.account),
            connection_id=attempt.connection_id,
            expires_at=attempt.created_at + attempt.LIFETIME,
        )


class StartedOut(AttemptOut):
    authorization_url: str = Field(
        description="Open it in the system browser. It is shown this once, and works once.",
        examples=["https://zoom.us/oauth/authorize?response_type=code&client_id=…&state=…"],
    )

    @classmethod
    def of(cls, attempt: AuthorizationAttempt) -> Self:
        shown = AttemptOut.of(attempt).model_dump()
        return cls(**shown, authorization_url=authorization.url_of(attempt))


class ConnectionEventOut(Schema):
    id: int = Field(examples=[17])
    at: Zulu = Field(examples=["2026-03-02T09:00:00Z"])
    kind: str = Field(examples=["connected"])
    text: str = Field(description="In words for the owner.", examples=["Connected as alice@example.com."])
    account: AccountOut | None
    tracking_id: str = Field(description="The provider's, for its support.", examples=[""])

    @classmethod
    def of(cls, event: ConnectionEvent) -> Self:
        return cls(
            id=event.pk,
            at=event.at,
            kind=event.kind,
            text=event.text,
            account=AccountOut.of(event.account),
            tracking_id=event.tracking_id,
        )


def _outcome(attempt: AuthorizationAttempt) -> Outcome | None:
    """One whose time ran out is over, whether or not a worker has noted it yet."""
    is_late = attempt.status in {Status.PENDING, Status.RETURNED} and attempt.is_expired
    return Outcome(attempt.outcome) if attempt.outcome else Outcome.EXPIRED if is_late else None


def _stage(attempt: AuthorizationAttempt, outcome: Outcome | None) -> Stage:
    """With an outcome nothing more comes, even while a pair that belongs to nobody still waits to be revoked."""
    return "failed" if outcome and attempt.status != Status.DONE else STAGES[attempt.status]


def _message(attempt: AuthorizationAttempt, outcome: Outcome | None) -> str:
    if attempt.status == Status.ASKING:
        return _("Another account is connected. Replace it with %(account)s?") % {"account": attempt.account}
    if outcome is None:
        return ""
    said = words.of(attempt) if attempt.outcome else words.expired(attempt)
    return f"{said.title} {said.text}".strip()
