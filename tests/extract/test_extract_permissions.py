"""Rights that a figure states: what is somebody else's, and what has a licence of its own."""

from __future__ import annotations

import pytest
from lxml import etree

from pipeline.extract.permissions import claimed_rights, stated_rights, statement_of, strictest


@pytest.mark.parametrize(
    "words",
    [
        "Reproduced with permission from Smith et al.",
        "Reproduced, with permission, from reference 12.",
        "Adapted with permission from Elsevier.",
        "Reprinted from J Am Acad Dermatol 2010.",
        "Reprinted by permission of Wiley.",
        "Re-printed from [3].",
        "Republished with kind permission from Springer Nature.",
        "Reused with written permission of the publisher.",
        "Modified from Lee and Park.",
        "Redrawn from Lee.",
        "Modified after Braun-Falco et al.",
        "Used with permission.",
        "With permission from BMJ Publishing Group.",
        "By permission of Oxford University Press.",
        "Permission granted by the Mayo Foundation.",
        "Plaque. © 2010 Elsevier.",
        "Plaque (©Elsevier 2010).",
        "Copyright 2015 American Medical Association. All rights reserved.",
        "Copyright © Wiley.",
        "Photograph courtesy of Dr. J. Smith.",
        "By courtesy of the Dermatology Department of Lyon.",
        "Images courtesy Dr. Smith; with courtesy.",
        "Photo credit: J. Smith.",
        "Image source: DermNet New Zealand.",
        "Source: World Health Organization.",
        "Photograph by John Smith.",
        "Images from DermNet.",
        "From Wikimedia Commons.",
        "Shutterstock image of a hand.",
        "Licensed from Getty Images.",
        "Image taken from Smith et al. (2010).",
        "Taken from reference 5.",
        "Figure from Habif and Campbell.",
        "From: Smith AB et al. J Dermatol 2001.",
        "Rash. From Smith et al. [12].",
        "A patient with psoriasis, reproduced with permission from Elsevier.",
        "Reproduced with permission from Smith et al., showing a patient with psoriasis.",
    ],
)
def test_what_is_somebody_elses(words):
    rights = strictest(claimed_rights(words))
    assert rights is not None
    assert rights.is_withheld
    assert rights.licence.tier == "unknown"
    assert rights.evidence in words


@pytest.mark.parametrize(
    "words",
    [
        "Plaque on the elbow of a 45-year-old man.",
        "Biopsy taken from the edge of the lesion.",
        "Scale obtained from the scalp.",
        "The rash of a patient from Kenya.",
        "Published with the permission of the patient.",
        "Reproduced with permission from the patient.",
        "Photograph published with the patient's written permission.",
        "With permission obtained from the parents of the child.",
        "The patient gave written permission for publication.",
        "Shown with her permission.",
        "© The Authors 2020.",
        "Copyright: the authors.",
        "Photograph courtesy of the authors.",
        "Source: authors' own collection.",
        "Therapy was modified after three weeks.",
        "Lesions (c) 2010 and (d) 2012.",
        "He took 5 cc by mouth.",
        "Images from the same patient.",
        "Figures derived from the data of this study.",
        "",
    ],
)
def test_what_is_not(words):
    assert claimed_rights(words) == []


@pytest.mark.parametrize(
    ("words", "spdx", "tier"),
    [
        ("Adapted from Smith et al. under CC BY 4.0.", "CC-BY-4.0", "open"),
        ("Adapted from [3]. Licensed under CC BY-NC 4.0.", "CC-BY-NC-4.0", "non-commercial"),
        ("Image from Wikimedia Commons, CC BY-SA 3.0.", "CC-BY-SA-3.0", "open"),
        (
            "Reproduced from [4] (https://creativecommons.org/licenses/by/4.0/).",
            "CC-BY-4.0",
            "open",
        ),
        ("Photo by J. Smith, CC0.", "CC0-1.0", "open"),
    ],
)  # fmt: skip
def test_a_licence_that_the_claim_names_is_the_figures_own(words, spdx, tier):
    rights = strictest(claimed_rights(words))
    assert (rights.licence.spdx, rights.licence.tier) == (spdx, tier)
    assert not rights.is_withheld


def test_of_several_claims_the_strictest_holds():
    words = "(A) Adapted from [3] under CC BY 4.0. (B) Reprinted with permission from Elsevier."
    assert strictest(claimed_rights(words)).is_withheld
    assert strictest([]) is None


def test_a_licence_in_the_caption_of_no_claim_stands_for_nothing():
    assert claimed_rights("Treated with CC BY laser.") == []


CC_BY = "https://creativecommons.org/licenses/by/4.0/"


def stated(inside, around="<p>{}</p>", front=""):
    figure = f'<fig id="F1">{inside}<graphic/></fig>'
    article = etree.fromstring(
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:ali="http://www.niso.org/schemas/ali/1.0/">'
        f"<front><article-meta><permissions>{front}</permissions></article-meta></front>"
        f"<body>{around.format(figure)}</body></article>"
    )
    statement = statement_of(article)
    return strictest(stated_rights(next(article.iter("fig")), statement))


@pytest.mark.parametrize(
    "licence",
    [
        f'<license xlink:href="{CC_BY}"><license-p>Free.</license-p></license>',
        f"<license><ali:license_ref>{CC_BY}</ali:license_ref></license>",
        f'<license><ext-link xlink:href="{CC_BY}">This</ext-link></license>',
        "<license><license-p>Distributed under CC BY 4.0</license-p></license>",
    ],
)
def test_a_figure_with_its_own_licence(licence):
    rights = stated(f"<permissions>{licence}</permissions>")
    assert rights.licence.spdx == "CC-BY-4.0"
    assert rights.licence.tier == "open"


@pytest.mark.parametrize(
    "inside",
    [
        "<copyright-statement>© Smith</copyright-statement>",
        "<copyright-holder>Elsevier</copyright-holder>",
        "<license><license-p>Used with permission.</license-p></license>",
        '<license xlink:href="https://www.elsevier.com/tdm/userlicense/1.0/"/>',
    ],
)
def test_a_figure_with_permissions_that_name_no_known_licence_is_withheld(inside):
    assert stated(f"<permissions>{inside}</permissions>").is_withheld


def test_what_repeats_the_article_is_no_statement_of_its_own():
    statement = "<copyright-statement>© 2020 Springer</copyright-statement>"
    assert stated(f"<permissions>{statement}</permissions>", front=statement) is None
    authors = "<copyright-statement>© The Author(s) 2020</copyright-statement>"
    assert stated(f"<permissions>{authors}</permissions>") is None
    assert stated("") is None


def test_permissions_of_a_box_or_group_hold_for_the_figures_in_it_and_not_the_other_way_round():
    foreign = "<permissions><copyright-holder>Elsevier</copyright-holder></permissions>"
    assert stated("", f"<boxed-text>{{}}{foreign}</boxed-text>").is_withheld
    assert stated("", f"<fig-group>{foreign}{{}}</fig-group>").is_withheld
    assert stated("", f"<fig>{{}}{foreign}</fig>").is_withheld
    inner = f'<fig id="inner">{foreign}</fig>'
    assert stated(inner) is None
    assert stated(f"<graphic>{foreign}</graphic>").is_withheld
