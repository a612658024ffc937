"""Names of licences: SPDX identifiers where they exist, LicenseRef-… where they do not."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Creative Commons identifiers of the SPDX licence list, by their elements; what follows a version
# is the country whose law the licence was ported to.
_PORTED: Mapping[str, frozenset[str]] = {
    "BY": frozenset({"2.5-AU", "3.0-AT", "3.0-AU", "3.0-DE", "3.0-IGO", "3.0-NL", "3.0-US"}),
    "BY-NC": frozenset({"3.0-DE"}),
    "BY-ND": frozenset({"3.0-DE"}),
    "BY-SA": frozenset({"2.0-UK", "2.1-JP", "3.0-AT", "3.0-DE", "3.0-IGO"}),
    "BY-NC-ND": frozenset({"3.0-DE", "3.0-IGO"}),
    "BY-NC-SA": frozenset({"2.0-DE", "2.0-FR", "2.0-UK", "3.0-DE", "3.0-IGO"}),
}
_VERSIONS = frozenset({"1.0", "2.0", "2.5", "3.0", "4.0"})
_COUNTRIES = (
    ("AT", r"austria"),
    ("AU", r"australia"),
    ("DE", r"germany|deutschland"),
    ("FR", r"france"),
    ("IGO", r"igo|intergovernmental organi[sz]ations?"),
    ("JP", r"japan"),
    ("NL", r"netherlands"),
    ("UK", r"uk|gb|england(?: (?:and|&) wales)?|united kingdom"),
    ("US", r"usa?|united states"),
)
_ELEMENTS = ("BY", "NC", "SA", "ND")  # in the order of CC's own names: ND stands where SA would


def creative_commons_name(
    elements: frozenset[str], version: str | None = None, place: str | None = None
) -> str:
    """Return the identifier of a Creative Commons licence.

    SPDX has no identifiers without a version, and few of the ported ones; for the others the name
    is `LicenseRef-CC-BY`, `LicenseRef-CC-BY-2.5-IN` and so on.

    Args:
        elements: Of BY, NC, SA and ND.
        version: As stated; one that Creative Commons never had is left out.
        place: Country of a ported licence, as a code of the URL or in words.
    """
    kind = "-".join(each for each in _ELEMENTS if each in elements)
    code = country_code(place)
    edition = f"{version}-{code}" if code else version
    if edition in _PORTED.get(kind, ()) or (edition in _VERSIONS and kind in _PORTED):
        return f"CC-{kind}-{edition}"
    known = version in _VERSIONS or version == "2.1"  # 2.1 was never but ported
    return f"LicenseRef-CC-{kind}" + (f"-{edition}" if known else "")


def country_code(place: str | None) -> str | None:
    """Return the code that SPDX has for a country of Creative Commons, as `DE` for `Germany`."""
    stated = (place or "").strip().lower()
    for code, words in _COUNTRIES:
        if stated == code.lower() or re.fullmatch(words, stated):
            return code
    return stated.upper() if re.fullmatch(r"[a-z]{2}|scotland", stated) else None


PUBLIC_DOMAIN = "LicenseRef-Public-Domain"
PUBLIC_DOMAIN_MARK = "CC-PDM-1.0"
US_GOVERNMENT = "LicenseRef-US-Government-Work"
ALL_RIGHTS = "LicenseRef-All-Rights-Reserved"
YOUTUBE_STANDARD = "LicenseRef-YouTube-Standard"
BY_PERMISSION = "LicenseRef-By-Permission"
RESEARCH_USE = "LicenseRef-Research-Use"
PMC_TDM = "LicenseRef-PMC-TDM"
CONFLICTING = "LicenseRef-Conflicting-Statements"

# Licences that go by one fixed name, and that permit all that an open one does.
NAMED_OPEN: tuple[tuple[str, str], ...] = (
    (
        "PDDL-1.0",
        r"PDDL(?:[- ]?v?1\.0)?|(?:ODC )?Public Domain Dedication and Licen[cs]e(?: 1\.0)?",
    ),
    (
        "ODC-By-1.0",
        r"ODC[- ]By(?:[- ]?v?1\.0)?|Open Data Commons Attribution Licen[cs]e(?: v?1\.0)?",
    ),
    ("ODbL-1.0", r"(?:ODC[- ])?ODbL(?:[- ]?v?1\.0)?|Open Database Licen[cs]e(?: v?1\.0)?"),
    ("OGL-UK-3.0", r"OGL-UK-3\.0|(?:UK )?Open Government Licen[cs]e v?3\.0"),
    ("MIT", r"(?:The )?MIT(?: Licen[cs]e)?"),
    ("Apache-2.0", r"Apache[- ](?:Licen[cs]e,? )?(?:version )?v?2(?:\.0)?(?: Licen[cs]e)?"),
    (PUBLIC_DOMAIN_MARK, r"CC[- ]PDM[- ]1\.0|Public Domain Mark(?: 1\.0)?"),
    (PUBLIC_DOMAIN, r"LicenseRef-Public-Domain|Public[- ]domain"),
    (US_GOVERNMENT, r"LicenseRef-US-Government-Work"),
)
