"""Who the token belongs to, and what it allows."""

from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from okey.api.auth import ApiRequest, needs
from okey.api.models import ApiToken, Bearer, Scope
from okey.api.schemas import Zulu

router = Router(tags=["Me"])


class TokenOut(Schema):
    id: UUID
    name: str = Field(examples=["n8n"])
    prefix: str = Field(
        description="How the secret begins. Empty for an app that signed in by OAuth.", examples=["okey_4fQx2a"]
    )
    scopes: list[Scope] = Field(examples=[["read", "schedule"]])
    expires_at: Zulu | None


class MeOut(Schema):
    id: UUID
    name: str = Field(examples=["Alice Archer"])
    email: str = Field(examples=["alice@example.com"])
    timezone: str = Field(description="IANA name; pages and mails show times in it.", examples=["Europe/Berlin"])
    language: str = Field(examples=["en"])
    meeting_providers_enabled: bool = Field(description="Whether the owner may connect and use meeting providers.")
    token: TokenOut


@router.get("/me", response=MeOut, auth=needs(Scope.READ), operation_id="me", summary="The owner and the token")
def me(request: ApiRequest) -> MeOut:
    owner = request.auth.owner
    return MeOut(
        id=owner.pk,
        name=owner.name,
        email=owner.email,
        timezone=str(owner.timezone),
        language=owner.language,
        meeting_providers_enabled=owner.meeting_providers_enabled,
        token=_token(request.auth),
    )


def _token(token: Bearer) -> TokenOut:
    return TokenOut(
        id=token.pk,
        name=token.name,
        prefix=token.prefix if isinstance(token, ApiToken) else "",
        scopes=[Scope(scope) for scope in token.scopes.split()],
        expires_at=token.expires_at,
    )
