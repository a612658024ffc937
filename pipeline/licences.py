"""Licences: names, tiers, and what a tier permits. Unknown is never open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Tier = Literal["open", "non-commercial", "no-derivatives", "restricted", "unknown"]

TIERS: tuple[Tier, ...] = ("open", "non-commercial", "no-derivatives", "restricted", "unknown")

_CC_CODE = re.compile(
    r"\bcc[\s-]*(?P<code>by(?:[\s-]*(?:nc|nd|sa))*)\b(?:[\s-]*v?(?P<version>\d\.\d))?",
    re.IGNORECASE,
)
_CC_URL = re.compile(
    r"creativecommons\.org/licenses/(?P<code>[a-z-]+)/(?P<version>\d\.\d)", re.IGNORECASE
)
_CC_ZERO = re.compile(r"\bcc[\s-]*0\b|creativecommons\.org/publicdomain/zero", re.IGNORECASE)
_PUBLIC_DOMAIN = re.compile(
    r"creativecommons\.org/publicdomain/mark|^public domain$", re.IGNORECASE
)
# YouTube names one Creative Commons licence only, in these words; its help page gives version 3.0.
YOUTUBE_CC = "Creative Commons Attribution license (reuse allowed)"

_ELEMENTS = ("by", "nc", "nd", "sa")


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: SPDX identifier (or LicenseRef-…), and the tier it falls into."""

    spdx: str | None
    tier: Tier


UNKNOWN = Licence(None, "unknown")

_FIXED = (
    (re.compile(f"^{re.escape(YOUTUBE_CC)}$"), Licence("CC-BY-3.0", "open")),
    (_CC_ZERO, Licence("CC0-1.0", "open")),
    (_PUBLIC_DOMAIN, Licence("LicenseRef-Public-Domain", "open")),
)


def read_licence(text: str | None) -> Licence:
    """Tell the licence that a string or URL names; what cannot be told is unknown.

    SPDX has no versionless Creative Commons identifiers: a code that is stated without its version
    becomes `LicenseRef-CC-BY` and so on.
    """
    stated = (text or "").strip()
    for pattern, licence in _FIXED:
        if pattern.search(stated):
            return licence
    found = _CC_URL.search(stated) or _CC_CODE.search(stated)
    if found:
        return _creative_commons(found["code"], found["version"])
    return Licence(stated, "restricted") if stated.startswith("LicenseRef-") else UNKNOWN


def _creative_commons(code: str, version: str | None) -> Licence:
    parts = set(re.split(r"[\s-]+", code.lower()))
    if not parts <= set(_ELEMENTS) or "by" not in parts:
        return UNKNOWN
    name = "CC-" + "-".join(part.upper() for part in _ELEMENTS if part in parts)
    spdx = f"{name}-{version}" if version else f"LicenseRef-{name}"
    if "nd" in parts:
        return Licence(spdx, "no-derivatives")
    return Licence(spdx, "non-commercial" if "nc" in parts else "open")
