"""Licences: what a string or an address states, by name and tier. Unknown is never open.

A string is open only where it names an open licence. Where it states several things, the narrowest
holds: `CC BY 4.0 … All rights reserved` is restricted, and words such as `for non-commercial use`
narrow whatever licence stands beside them. A licence that is denied (`not under CC BY`) leaves the
whole string unknown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline import licence_names as names
from pipeline.licence_patterns import (
    CONDITION,
    CREATIVE_COMMONS,
    CREATIVE_COMMONS_REFERENCE,
    DENIED_AFTER,
    DENIED_BEFORE,
    NARROWED_TO,
    OPEN_STATEMENTS,
    REFERENCE,
    RESTRICTED_STATEMENTS,
    WITHOUT_EFFECT,
)
from pipeline.permissions import PERMITTED, TIERS, Permissions, Tier, narrowest

__all__ = ["TIERS", "UNKNOWN", "YOUTUBE_CC", "Licence", "Tier", "permissions_of", "read_licence"]

# YouTube names one Creative Commons licence only, in these words; its help page gives version 3.0.
YOUTUBE_CC = "Creative Commons Attribution license (reuse allowed)"

MAX_CHARACTERS = 20_000
_QUOTED = 200  # characters of a statement that evidence repeats
_FREE_OF_DUTIES = frozenset(
    {"CC0-1.0", "PDDL-1.0", names.PUBLIC_DOMAIN_MARK, names.PUBLIC_DOMAIN, names.US_GOVERNMENT}
)


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: SPDX identifier (or LicenseRef-…), the tier it falls into, the words that tell."""

    spdx: str | None
    tier: Tier
    words: str = field(default="", compare=False)

    def stated_in(self, where: str) -> str | None:
        """Return the evidence: the words, and where they stand; null if there are none."""
        return f"{self.words!r} in {where}" if self.words else None


UNKNOWN = Licence(None, "unknown")


def read_licence(text: str | None) -> Licence:
    """Tell the licence that a string or URL states; what cannot be told is unknown."""
    stated = _plain(text or "")
    if stated == YOUTUBE_CC:
        return Licence("CC-BY-3.0", "open", stated)
    if REFERENCE.fullmatch(stated):
        return _referred(stated)
    licence = max(_statements(stated), key=_strictness, default=UNKNOWN)
    licence = _narrowed(licence, stated)
    return licence if licence.words else replace(licence, words=stated[:_QUOTED])


def permissions_of(licence: Licence) -> Permissions:
    """Return what a licence permits: its tier's permissions, and the duties that its name tells."""
    permitted = PERMITTED[licence.tier]
    if licence.tier in ("restricted", "unknown") or licence.spdx is None:
        return permitted
    return replace(
        permitted,
        must_attribute=licence.spdx not in _FREE_OF_DUTIES,
        must_share_alike="-SA" in licence.spdx or licence.spdx in ("ODbL-1.0", names.CONFLICTING),
    )


def _plain(text: str) -> str:
    """Return text with plain spaces, hyphens and quotes, and nothing invisible."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])
    visible = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    return " ".join(re.sub(r"[‐‑‒–—−]", "-", visible).replace("’", "'").split())


def _referred(name: str) -> Licence:
    """Return the licence of a LicenseRef-…, as this module writes them or anybody else."""
    if found := CREATIVE_COMMONS_REFERENCE.fullmatch(name):
        return _creative_commons(found)
    if name in (names.PUBLIC_DOMAIN, names.US_GOVERNMENT):
        return Licence(name, "open", name)
    return Licence(name, "unknown" if name == names.PMC_TDM else "restricted", name)


def _statements(stated: str) -> Iterator[Licence]:
    """Yield what a string states, licence by licence; a denied one is unknown."""
    for pattern in CREATIVE_COMMONS:
        for found in pattern.finditer(stated):
            yield UNKNOWN if _is_denied(stated, found) else _creative_commons(found)
    for name, pattern in OPEN_STATEMENTS:
        for found in pattern.finditer(stated):
            denied = _is_denied(stated, found)
            yield UNKNOWN if denied else Licence(name, "open", found.group()[:_QUOTED])
    for name, pattern in RESTRICTED_STATEMENTS:
        if found_one := pattern.search(stated):
            tier: Tier = "unknown" if name == names.PMC_TDM else "restricted"
            yield Licence(name, tier, found_one.group()[:_QUOTED])


def _creative_commons(found: re.Match[str]) -> Licence:
    elements = _elements(found["elements"])
    if "BY" not in elements:
        return Licence(None, "unknown", found.group())  # of those that Creative Commons retired
    version, place = found["version"], found.groupdict().get("place")
    name = names.creative_commons_name(elements, version, None if version == "4.0" else place)
    return Licence(name, _tier(elements), found.group()[:_QUOTED])


def _elements(stated: str) -> frozenset[str]:
    """Return the elements of a Creative Commons licence, from its code or from its words."""
    told = re.sub(r"[\W_]+", "", stated).lower()
    told = told.replace("attribution", "by").replace("noncommercial", "nc")
    told = re.sub(r"noderiv(?:ativeworks?|atives?|s)?", "nd", told).replace("sharealike", "sa")
    told = told.replace("and", "")
    if not re.fullmatch(r"(?:by|nc|nd|sa)+", told):
        return frozenset()
    return frozenset(told[at : at + 2].upper() for at in range(0, len(told), 2))


def _tier(elements: frozenset[str]) -> Tier:
    if "ND" in elements:
        return "no-derivatives"
    return "non-commercial" if "NC" in elements else "open"


def _is_denied(stated: str, found: re.Match[str]) -> bool:
    """Tell whether the sentence says that the licence does not hold."""
    nearest = stated[max(0, found.start() - 100) : found.start()]
    before = re.split(r"[.;!?]\s", nearest)[-1]
    if DENIED_BEFORE.search(before) and not CONDITION.search(before):
        return True
    return bool(DENIED_AFTER.match(re.split(r"[.;!?]\s", stated[found.end() :][:100])[0]))


def _strictness(licence: Licence) -> tuple[int, int, bool]:
    """Return what grows with what a licence forbids or asks for, and then with how exact it is."""
    name = licence.spdx or ""
    n_elements = sum(each in name for each in ("BY", "-NC", "-ND", "-SA"))
    return TIERS.index(licence.tier), n_elements, not name.startswith("LicenseRef-CC")


def _narrowed(licence: Licence, stated: str) -> Licence:
    """Return the licence as other words of the string narrow it."""
    if licence.tier in ("restricted", "unknown"):
        return licence
    bare = WITHOUT_EFFECT.sub(" ", stated)
    met = [(element, tier) for element, tier, words in NARROWED_TO if words.search(bare)]
    added, tier = {each for each, _ in met}, narrowest(licence.tier, *(each for _, each in met))
    if tier == licence.tier:
        return licence
    held = CREATIVE_COMMONS_REFERENCE.fullmatch(licence.spdx or "")
    if held is None:
        return Licence(names.CONFLICTING, tier, stated[:_QUOTED])
    name = names.creative_commons_name(_elements(held["elements"]) | added)
    return Licence(name, tier, stated[:_QUOTED])
