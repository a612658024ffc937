"""Names that stay the same for ever, digests, pseudonyms and the clock."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from datetime import UTC, datetime
from typing import Any

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
SLUG_CHARACTERS = 96


def item_id(source_id: str, source_key: str) -> str:
    """Return `<source_id>:<source_key>`."""
    return f"{source_id}:{source_key}"


def media_id(item: str, name: str) -> str:
    """Return `<item_id>!<name>`."""
    return f"{item}!{name}"


def image_id(item: str, locator: str) -> str:
    """Return `<item_id>#<locator>`."""
    return f"{item}#{locator}"


def text_id(item: str, locator: str) -> str:
    """Return `<item_id>~<locator>`."""
    return f"{item}~{locator}"


def file_stem(image: str) -> str:
    """Return a file name for a picture: readable, safe on any file system, and unique.

    The source is left out, since its folder names it. Eight digits of the identifier's digest
    keep `F2/b` and `F2_b` apart.
    """
    slug = _UNSAFE.sub("_", image.partition(":")[2] or image).strip("._")[:SLUG_CHARACTERS]
    return f"{slug}-{sha256_text(image)[:8]}"


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no white space, UTF-8.

    Raises:
        ValueError: the value holds NaN or infinity.
    """
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def sha256_bytes(content: bytes) -> str:
    """Return the hex SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def sha256_text(text: str) -> str:
    """Return the hex SHA-256 of a text's UTF-8 bytes, lone surrogates replaced."""
    return sha256_bytes(text.encode("utf-8", errors="replace"))


def sha256_json(value: Any) -> str:
    """Return the hex SHA-256 of a value's canonical JSON."""
    return sha256_text(canonical_json(value))


def pseudonym(name: str, key: str) -> str:
    """Return a keyed pseudonym (HMAC-SHA256, RFC 2104) of a user name, `user-` and 12 digits."""
    digest = hmac.new(key.encode(), name.encode("utf-8", errors="replace"), hashlib.sha256)
    return f"user-{digest.hexdigest()[:12]}"


def utc_now() -> datetime:
    """Return the time in whole seconds UTC; SOURCE_DATE_EPOCH fixes it, as that standard says."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed:
        return datetime.fromtimestamp(int(fixed), tz=UTC)
    return datetime.now(tz=UTC).replace(microsecond=0)
