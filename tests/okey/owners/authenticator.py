"""What people hold in their hands: an authenticator app, and a passkey that does what browsers and phones do."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

ORIGIN, SITE = "http://testserver", "testserver"
#: Person present, person verified; and with the key itself.
FLAGS, WITH_KEY = 0x05, 0x45


def code(secret: str, *, steps: int = 0) -> str:
    """What an app with this key shows now (RFC 6238), or so many half minutes later."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class Passkey:
    """One key for one site (WebAuthn, ES256, without attestation)."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.user = b""

    def create(self, options: dict[str, Any], *, origin: str = ORIGIN) -> str:
        """The answer to `creation_options`, as the page posts it."""
        asked = options["publicKey"]
        self.user = _decoded(asked["user"]["id"])
        said = self._said("webauthn.create", asked["challenge"], origin)
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        data = self._data(WITH_KEY) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": _encoded(said), "attestationObject": _encoded(attestation)})

    def get(self, options: dict[str, Any], *, origin: str = ORIGIN) -> str:
        """The answer to `request_options`."""
        said = self._said("webauthn.get", options["publicKey"]["challenge"], origin)
        data = self._data(FLAGS)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": said, "authenticatorData": data, "signature": signature, "userHandle": self.user}
        return self._answer({name: _encoded(value) for name, value in response.items()})

    def _answer(self, response: dict[str, str]) -> str:
        name = _encoded(self.id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )

    @staticmethod
    def _said(kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    @staticmethod
    def _data(flags: int) -> bytes:
        return hashlib.sha256(SITE.encode()).digest() + bytes([flags]) + struct.pack(">I", 0)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
