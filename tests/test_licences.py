"""Licences: what strings state, what tiers permit, and that nothing is open by accident."""

from __future__ import annotations

import re
from dataclasses import astuple
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from pipeline.licences import UNKNOWN, YOUTUBE_CC, Licence, permissions_of, read_licence
from pipeline.permissions import PERMITTED, TIERS, narrowest

CODES = [
    ("CC BY", "LicenseRef-CC-BY", "open"),
    ("CC BY-SA", "LicenseRef-CC-BY-SA", "open"),
    ("CC BY-NC-ND", "LicenseRef-CC-BY-NC-ND", "no-derivatives"),
    ("CC BY NC", "LicenseRef-CC-BY-NC", "non-commercial"),
    ("CC-BY-ND", "LicenseRef-CC-BY-ND", "no-derivatives"),
    ("CC-BY-NC-SA-3.0", "CC-BY-NC-SA-3.0", "non-commercial"),
    ("cc by", "LicenseRef-CC-BY", "open"),  # as Europe PMC writes them
    ("cc by-nc-nd", "LicenseRef-CC-BY-NC-ND", "no-derivatives"),
    ("cc by 4.0", "CC-BY-4.0", "open"),
    ("cc-by-nc-4.0", "CC-BY-NC-4.0", "non-commercial"),
    ("CC–BY–NC 4.0", "CC-BY-NC-4.0", "non-commercial"),
    ("CC BY v4.0", "CC-BY-4.0", "open"),
    ("CC-BY-licensed", "LicenseRef-CC-BY", "open"),
    ("CC BY 5.0", "LicenseRef-CC-BY", "open"),  # a version that there never was
    ("CC BY 3.0 DE", "CC-BY-3.0-DE", "open"),
    ("CC-BY-3.0-IGO", "CC-BY-3.0-IGO", "open"),
    ("CC BY-NC-SA 2.0 UK", "CC-BY-NC-SA-2.0-UK", "non-commercial"),
    ("CC BY-SA 2.1 JP", "CC-BY-SA-2.1-JP", "open"),
    ("CC0", "CC0-1.0", "open"),
    ("CC-0", "CC0-1.0", "open"),  # as the ISIC archive writes it
    ("CC0 1.0 Universal", "CC0-1.0", "open"),
    ("Public domain", "LicenseRef-Public-Domain", "open"),
    ("Public Domain Mark 1.0", "CC-PDM-1.0", "open"),
    ("PDDL", "PDDL-1.0", "open"),
    ("ODC-BY", "ODC-By-1.0", "open"),
    ("ODbL-1.0", "ODbL-1.0", "open"),
    ("MIT License", "MIT", "open"),
    ("Apache License, Version 2.0", "Apache-2.0", "open"),
    ("TDM", "LicenseRef-PMC-TDM", "unknown"),  # of PMC: for mining text, which says no picture's
    (YOUTUBE_CC, "CC-BY-3.0", "open"),
    ("Standard YouTube License", "LicenseRef-YouTube-Standard", "restricted"),
    ("youtube", "LicenseRef-YouTube-Standard", "restricted"),
    ("LicenseRef-Reddit-User-Content", "LicenseRef-Reddit-User-Content", "restricted"),
    ("LicenseRef-CC-BY-2.5-IN", "LicenseRef-CC-BY-2.5-IN", "open"),
]
ADDRESSES = [
    ("https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0", "non-commercial"),
    ("http://www.creativecommons.org/licenses/by/4.0/legalcode", "CC-BY-4.0", "open"),
    ("https://creativecommons.org/licenses/by/3.0/de/deed.en", "CC-BY-3.0-DE", "open"),
    ("https://creativecommons.org/licenses/by/4.0/deed.de", "CC-BY-4.0", "open"),
    ("creativecommons.org/licenses/by-sa/3.0/igo/", "CC-BY-SA-3.0-IGO", "open"),
    ("creativecommons.org/licenses/by/2.5/in/", "LicenseRef-CC-BY-2.5-IN", "open"),
    ("http://creativecommons.org/licenses/by/", "LicenseRef-CC-BY", "open"),
    ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", "open"),
    ("http://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0", "open"),
    ("https://opendatacommons.org/licenses/odbl/1-0/", "ODbL-1.0", "open"),
    ("https://creativecommons.org/licenses/nc-sa/1.0/", None, "unknown"),
    ("https://creativecommons.org/licenses/sampling+/1.0/", None, "unknown"),
    (
        "http://www.elsevier.com/open-access/userlicense/1.0/",
        "LicenseRef-Elsevier-User",
        "restricted",
    ),
]
DISTRIBUTED = "This is an open access article distributed under the terms of the "
SENTENCES = [
    (
        DISTRIBUTED + "Creative Commons Attribution License, which permits unrestricted use, "
        "distribution, and reproduction in any medium, provided the original work is cited.",
        "LicenseRef-CC-BY",
        "open",
    ),
    (
        DISTRIBUTED + "Creative Commons Attribution License (CC BY) "
        "(https://creativecommons.org/licenses/by/4.0/).",
        "CC-BY-4.0",
        "open",
    ),
    (
        DISTRIBUTED + "Creative Commons Attribution Non-Commercial License, which permits "
        "unrestricted non-commercial use.",
        "LicenseRef-CC-BY-NC",
        "non-commercial",
    ),
    (
        "Creative Commons Attribution–NonCommercial–NoDerivatives 4.0 International License",
        "CC-BY-NC-ND-4.0",
        "no-derivatives",
    ),
    ("Creative Commons Attribution 3.0 Germany License", "CC-BY-3.0-DE", "open"),
    ("Creative Commons Attribution-Share Alike 4.0", "CC-BY-SA-4.0", "open"),
    ("Attribution-NonCommercial 4.0 International", "CC-BY-NC-4.0", "non-commercial"),
    (
        "If material is not included in the article's Creative Commons CC BY licence, ask. To "
        "view a copy of this licence, visit http://creativecommons.org/licenses/by/4.0/.",
        "CC-BY-4.0",
        "open",
    ),
    (
        "CC BY 4.0. The Creative Commons Public Domain Dedication waiver "
        "(http://creativecommons.org/publicdomain/zero/1.0/) applies to the data.",
        "CC-BY-4.0",
        "open",
    ),
    ("Except where otherwise noted, CC BY 4.0", "CC-BY-4.0", "open"),
    ("CC BY 4.0, which permits commercial and non-commercial use", "CC-BY-4.0", "open"),
    ("Printed with permission of the patient. CC BY 4.0", "CC-BY-4.0", "open"),
    (
        "This is a U.S. Government work and is in the public domain in the USA",
        "LicenseRef-US-Government-Work",
        "open",
    ),
    (
        "Stanford University School of Medicine DDI Dataset Research Use Agreement",
        "LicenseRef-Research-Use",
        "restricted",
    ),
    ("For academic research use only", "LicenseRef-Research-Use", "restricted"),
    ("© 2020 Elsevier. All rights reserved.", "LicenseRef-All-Rights-Reserved", "restricted"),
    ("Reprinted with permission from Elsevier", "LicenseRef-By-Permission", "restricted"),
]
NARROWER = [
    ("CC BY 4.0. All rights reserved", "LicenseRef-All-Rights-Reserved", "restricted"),
    ("CC BY 4.0 and CC BY-NC 4.0", "CC-BY-NC-4.0", "non-commercial"),
    ("CC BY-NC 4.0 or CC BY-ND 4.0", "CC-BY-ND-4.0", "no-derivatives"),
    ("CC BY and CC BY-SA 4.0", "CC-BY-SA-4.0", "open"),
    ("CC0, CC BY 4.0", "CC-BY-4.0", "open"),
    ("CC BY 4.0, for non-commercial purposes", "LicenseRef-CC-BY-NC", "non-commercial"),
    ("CC0, commercial use is prohibited", "LicenseRef-Conflicting-Statements", "non-commercial"),
    (
        "CC BY-NC 4.0; no modifications or adaptations are made",
        "LicenseRef-CC-BY-NC-ND",
        "no-derivatives",
    ),
    ("Adapted with permission from Smith, CC BY 4.0", "LicenseRef-By-Permission", "restricted"),
    ("This figure is not licensed under CC BY 4.0", None, "unknown"),
    ("CC BY 4.0; the CC BY licence does not apply to figures", None, "unknown"),
    ("This is not a US Government work", None, "unknown"),
]
NOTHING = [
    *(
        "",
        None,
        "CC",
        "cc byte",
        "cc by John",
        "Creative Commons",
        "Creative Commons by the authors",
    ),
    *("10 cc 0.9% saline", "open access", "free to read", "public domain sources", "CC BY-like"),
    *("CC BY-XX", "MIT Press", "apache tears", "https://evil.example/by/4.0", "licence: yes"),
]


@pytest.mark.parametrize(("stated", "spdx", "tier"), CODES + ADDRESSES + SENTENCES + NARROWER)
def test_a_stated_licence_has_a_name_and_a_tier(stated, spdx, tier):
    licence = read_licence(stated)

    assert (licence.spdx, licence.tier) == (spdx, tier)


@pytest.mark.parametrize("stated", NOTHING)
def test_what_names_no_licence_is_unknown(stated):
    assert read_licence(stated) == UNKNOWN


@pytest.mark.parametrize("stated", [each[0] for each in CODES + ADDRESSES + SENTENCES + NARROWER])
def test_names_are_of_the_spdx_list_and_read_back_the_same(stated):
    licence = read_licence(stated)

    if licence.spdx is not None and licence.spdx != "LicenseRef-Conflicting-Statements":
        assert canonicalize_license_expression(licence.spdx) == licence.spdx
        assert read_licence(licence.spdx) == licence


def test_the_evidence_is_the_words_and_where_they_stand():
    licence = read_licence("© The Authors 2020. " + DISTRIBUTED + "CC BY-NC 4.0 licence.")

    assert licence.stated_in("permissions of PMC1.1.xml") == (
        "'CC BY-NC 4.0' in permissions of PMC1.1.xml"
    )
    assert read_licence("").stated_in("anywhere") is None


# --- what no string may do -----------------------------------------------------------------------

NAMES_AN_OPEN_LICENCE = re.compile(
    r"cc[\W_]*(?:by|0|zero|pdm)|commons[\W_]*(?:\(cc\))?[\W_]*by|attribution|public[\W_]*domain"
    r"|commons\.org|commons zero|government[\W_]*works?|pddl|odc|odbl|ogl|open d|mit|apache",
    re.IGNORECASE,
)
WORDS = """
CC BY NC ND SA by-nc 4.0 3.0 DE - / . ; ( ) not only licence license under the terms of open access
Creative Commons Attribution NonCommercial ShareAlike NoDerivatives commercial and or use All rights
reserved public domain is in zero 0 CC0 permission reproduced with from LicenseRef-CC-BY PDDL
creativecommons.org/licenses/by/4.0
"""
ANY_TEXT = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(WORDS.split()),
        max_size=14,
    ).map(" ".join),
)


@settings(deadline=None)
@given(ANY_TEXT)
def test_no_string_is_open_unless_it_names_an_open_licence(text):
    if read_licence(text).tier == "open":
        assert NAMES_AN_OPEN_LICENCE.search(text)


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(["NonCommercial", "NoDerivatives"]), st.booleans())
def test_a_restriction_more_never_widens(text, restriction, is_first):
    longer = f"{restriction} {text}" if is_first else f"{text} {restriction}"

    assert not is_wider(read_licence(longer), read_licence(text))


@settings(deadline=None)
@given(ANY_TEXT)
def test_rights_that_are_reserved_are_never_open(text):
    assert read_licence(f"{text}. All rights reserved").tier in ("restricted", "unknown")


@settings(deadline=None)
@given(ANY_TEXT)
def test_a_licence_that_was_told_reads_back_no_wider(text):
    licence = read_licence(text)

    assert not is_wider(read_licence(licence.spdx), licence)
    assert (licence.tier == "unknown") or licence.spdx


def is_wider(one: Licence, other: Licence) -> bool:
    return TIERS.index(one.tier) < TIERS.index(other.tier)


def test_an_endless_string_is_read_in_bounded_time():
    assert read_licence("CC BY " * 200_000).tier == "open"
    assert read_licence("not " * 50_000 + "CC BY").tier == "unknown"


# --- what the tiers permit -----------------------------------------------------------------------


def test_each_tier_permits_no_more_than_the_one_before():
    assert set(PERMITTED) == set(TIERS)
    for wide, narrow in pairwise(TIERS):
        for may_wide, may_narrow in zip(
            astuple(PERMITTED[wide])[:4], astuple(PERMITTED[narrow])[:4], strict=True
        ):
            assert may_wide >= may_narrow
    assert not any(astuple(PERMITTED["unknown"])[:4])
    assert narrowest("open", "unknown", "restricted") == "unknown"


@pytest.mark.parametrize(
    ("stated", "may_alter", "may_redistribute", "may_sell", "must_attribute", "must_share_alike"),
    [
        ("CC0", True, True, True, False, False),
        ("US Government work", True, True, True, False, False),
        ("CC BY 4.0", True, True, True, True, False),
        ("CC BY-SA 4.0", True, True, True, True, True),
        ("ODbL", True, True, True, True, True),
        ("CC BY-NC 4.0", True, True, False, True, False),
        ("CC BY-NC-SA 4.0", True, True, False, True, True),
        ("CC BY-ND 4.0", False, True, False, True, False),
        ("All rights reserved", False, False, False, True, True),
        ("", False, False, False, True, True),
    ],
)
def test_a_licence_permits_what_its_tier_does_and_asks_what_its_name_says(
    stated, may_alter, may_redistribute, may_sell, must_attribute, must_share_alike
):
    permitted = permissions_of(read_licence(stated))

    assert astuple(permitted)[1:] == (
        may_alter,
        may_redistribute,
        may_sell,
        must_attribute,
        must_share_alike,
    )
