"""Idempotency-Key: the same request again makes nothing new, however often and however close together it comes.

The key's row is written in the transaction that makes the object, with the owner's row locked: whoever comes while
the first is still at work waits for it, and a request that failed leaves nothing behind and may be repeated.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from django.db import transaction
from django.utils import timezone
from ninja import Header
from pydantic import AfterValidator
from pydantic.json_schema import WithJsonSchema

from okey.api.auth import ApiRequest
from okey.api.models import IdempotentRequest
from okey.api.problems import Code, Problem
from okey.owners.models import Owner

KEY_MAX = 255
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": KEY_MAX,
    "pattern": "^[!-~]+$",
    "examples": ["6f1c2b4e-0d3a-4a57-9a0e-1f6b0c1d2e3f"],
}


def _usable(key: str) -> str:
    """A key that was meant and is empty would protect nobody: a template's variable had no value."""
    if not key:
        raise ValueError("The key is empty. Send a text of your own, such as a UUID, or leave the header out.")
    if len(key) > KEY_MAX:
        raise ValueError(f"The key is longer than {KEY_MAX} characters.")
    if not _VISIBLE.fullmatch(key):
        raise ValueError("Use visible ASCII characters, such as those of a UUID.")
    return key


#: For a handler's parameter `idempotency_key`; "" where the header did not come.
Key = Annotated[
    str,
    AfterValidator(_usable),
    WithJsonSchema(_SCHEMA),
    # The default stands here too: django-ninja loses a handler's where the type has validators of its own.
    Header(
        "", alias="Idempotency-Key", description="Any text of yours: the same request with it again makes nothing new."
    ),
]


@dataclass(frozen=True)
class Done:
    """What the request made, now or when it first came."""

    object_id: str
    is_new: bool


def once(request: ApiRequest, key: str, make: Callable[[str], Any], *, status: int = 201) -> Done:
    """Call `make(request_key)`, which returns the primary key of what it made, unless that was done already.

    `request_key` is for writers that know requests apart by themselves; "" without an Idempotency-Key. No HTTP in
    `make`: a transaction is open, and the owner's row is locked. Raises Problem if the key came with another request.
    """
    if not key:
        return Done(str(make("")), is_new=True)
    owner = request.auth.owner
    mine = IdempotentRequest(
        owner=owner,
        key_hash=_hashed(key.encode()),
        operation=f"{request.method} {request.path}"[:200],
        body_hash=_hashed(_canonical(request.body)),
        status=status,
    )
    with transaction.atomic():
        Owner.objects.locked(owner.pk)
        earlier = IdempotentRequest.objects.filter(owner=owner, key_hash=mine.key_hash).first()
        if earlier is not None:
            return _again(earlier, mine)
        mine.object_id = str(make(f"api:{mine.key_hash[:32]}:{mine.body_hash[:32]}"))
        mine.save(force_insert=True)
        _forget_old_ones(owner)
    return Done(mine.object_id, is_new=True)


def _again(earlier: IdempotentRequest, mine: IdempotentRequest) -> Done:
    if (earlier.operation, earlier.body_hash) != (mine.operation, mine.body_hash):
        raise Problem(Code.KEY_REUSED)
    return Done(earlier.object_id, is_new=False)


def _forget_old_ones(owner: Owner) -> None:
    long_ago = timezone.now() - IdempotentRequest.KEPT_FOR
    IdempotentRequest.objects.filter(owner=owner, created_at__lt=long_ago).delete()


def _canonical(body: bytes) -> bytes:
    """The same JSON written otherwise is the same body."""
    return json.dumps(json.loads(body or b"null"), sort_keys=True, separators=(",", ":")).encode(errors="replace")


def _hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
