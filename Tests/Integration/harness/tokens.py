"""JSON Web Tokens as an issuer, or a forger, would make them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from .server import JWT_SECRET


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(
    claims: dict[str, Any],
    secret: str = JWT_SECRET,
    algorithm: str = "HS256",
    digest: str | None = "sha256",
    **header: Any,
) -> str:
    """A token with these claims; without a digest it has no signature."""
    # As short as UTF-8 is, for there is a bound.
    parts = [
        json.dumps(one, ensure_ascii=False) for one in ({"alg": algorithm, "typ": "JWT", **header}, claims)
    ]
    content = ".".join(_encode(part.encode()) for part in parts)
    if digest is None:
        return content + "."
    return (
        content
        + "."
        + _encode(hmac.new(secret.encode(), content.encode(), getattr(hashlib, digest)).digest())
    )


def claims(organization: str, scope: str, **others: Any) -> dict[str, Any]:
    """Claims of a valid token."""
    return {"sub": "ada", "org": organization, "scope": scope, "exp": int(time.time()) + 600, **others}
