"""The words in which licences are stated: codes, addresses, and publishers' sentences.

They are read from text whose dashes are plain hyphens and whose white space is single spaces.
"""

from __future__ import annotations

import re

from pipeline import licence_names as names
from pipeline.permissions import Tier

_CODE = r"(?P<elements>BY(?:[ _/-]*(?i:NC|ND|SA))*)"
# A code that goes on, as `CC BY-like`, is another word.
_CODE_ENDS = r"(?![A-Za-z])(?!-(?!licen[cs])[A-Za-z])"
_EDITION = r"(?P<version>[1-9]\.\d)(?![\d.]\d)"
_CODE_EDITION = (
    rf"(?:[ _/-]*(?:v\.? ?|version )?{_EDITION}"
    r"(?:[ _/-](?P<place>AT|AU|DE|FR|IGO|JP|NL|UK|US|(?<=-)[A-Z]{2})(?![A-Za-z]))?)?"
)
_LOWER_CODE = r"(?P<elements>by(?:[ _/-]*(?:nc|nd|sa))*)"
_WORDS = (
    r"attribution(?:[ ,/&-]*(?:and )?(?:non[ -]?commercial"
    r"|no[ -]?deriv(?:ative works?|atives?|s)?|share[ -]?alike)\b)*"
)
_WORD_EDITION = (
    rf"(?:[ ,(-]*(?:(?:public )?licen[cs]e)?[ ,(-]*(?:version )?v?\.? ?{_EDITION})?"
    r"(?:[ ,(-]*(?P<place>austria|australia|germany|deutschland|france|igo|intergovernmental "
    r"organi[sz]ations?|japan|netherlands|england (?:and|&) wales|united states)\b)?"
)
_URL = (
    r"(?<![\w-])creativecommons\.org/licen[cs]es/(?P<elements>[a-z+-]+)"
    rf"(?:/{_EDITION}(?:/(?P<place>[a-z]{{2}}|igo|scotland)(?![a-z.]))?)?"
)

CREATIVE_COMMONS: tuple[re.Pattern[str], ...] = (
    re.compile(_URL, re.IGNORECASE),
    re.compile(rf"(?<![A-Za-z0-9])CC[ _/:-]?{_CODE}{_CODE_ENDS}{_CODE_EDITION}"),
    re.compile(rf"(?i:creative commons)(?: ?\(CC\))?[ :,-]*{_CODE}{_CODE_ENDS}{_CODE_EDITION}"),
    # in small letters `cc by` may be English: it must be all there is, or be joined or followed by
    # more of a code
    re.compile(rf"^cc[ _-]?{_LOWER_CODE}{_CODE_EDITION}$", re.IGNORECASE),
    re.compile(rf"(?<![a-z0-9])cc(?:[_-]{_LOWER_CODE}{_CODE_ENDS}{_CODE_EDITION})", re.IGNORECASE),
    re.compile(
        rf"(?<![a-z0-9])cc (?=by[ _/-]*(?:nc\b|nd\b|sa\b|v?\d\.\d)){_LOWER_CODE}{_CODE_ENDS}"
        rf"{_CODE_EDITION}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"creative ?commons(?: ?\(CC\))?[ :,-]*(?P<elements>{_WORDS}){_WORD_EDITION}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![\w-])(?P<elements>{_WORDS}) {_EDITION} (?:international|unported|generic)",
        re.IGNORECASE,
    ),
)

REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]{1,100}")
CREATIVE_COMMONS_REFERENCE = re.compile(
    r"(?:LicenseRef-)?CC-(?P<elements>BY(?:-(?:NC|ND|SA))*)"
    r"(?:-(?P<version>\d\.\d)(?:-(?P<place>[A-Z]{2,8}))?)?"
)

_GOVERNMENT = r"(?:U\.? ?S\.?(?:A\.?)?|United States)(?: federal)? government(?:'s)?"
OPEN_STATEMENTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "CC0-1.0",
        re.compile(
            r"(?<!\w)(?:creative commons )?CC(?:-?0|[ -]zero)(?!\.?\d)(?!\w)|^CC 0(?: 1\.0)?$"
            r"|creative commons zero\b|(?<![\w-])creativecommons\.org/publicdomain/zero\b"
            r"|creative commons public domain dedication",
            re.IGNORECASE,
        ),
    ),
    (
        names.PUBLIC_DOMAIN_MARK,
        re.compile(r"(?<![\w-])creativecommons\.org/publicdomain/mark\b", re.IGNORECASE),
    ),
    (
        names.US_GOVERNMENT,
        re.compile(rf"\b{_GOVERNMENT} works?\b|\bworks? of the {_GOVERNMENT}(?!\w)", re.IGNORECASE),
    ),
    (
        names.PUBLIC_DOMAIN,
        re.compile(
            r"\b(?:is|are|lies?|falls?|placed|released|dedicated)(?: \w+){0,2} (?:in|into|to) the "
            r"public domain\b",
            re.IGNORECASE,
        ),
    ),
    ("PDDL-1.0", re.compile(r"(?<![\w-])opendatacommons\.org/licenses/pddl\b", re.IGNORECASE)),
    ("ODC-By-1.0", re.compile(r"(?<![\w-])opendatacommons\.org/licenses/by\b", re.IGNORECASE)),
    ("ODbL-1.0", re.compile(r"(?<![\w-])opendatacommons\.org/licenses/odbl\b", re.IGNORECASE)),
    *((name, re.compile(rf"^(?:{words})\.?$", re.IGNORECASE)) for name, words in names.NAMED_OPEN),
)

_TAKEN_OVER = r"(?:reproduced|reprinted|republished|adapted|modified|used|redrawn)"
RESTRICTED_STATEMENTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (names.ALL_RIGHTS, re.compile(r"\ball rights(?: are)? reserved\b", re.IGNORECASE)),
    (
        names.YOUTUBE_STANDARD,
        re.compile(r"\bstandard youtube licen[cs]e|\byoutube standard licen[cs]e|^youtube$", re.I),
    ),
    ("LicenseRef-SCIN-Data-Use", re.compile(r"\bSCIN (?:data use )?(?:public )?licen[cs]e", re.I)),
    (
        "LicenseRef-Elsevier-User",
        re.compile(r"elsevier\.com/open-access/userlicen[cs]e|elsevier user licen[cs]e", re.I),
    ),
    (
        names.RESEARCH_USE,
        re.compile(
            r"\b(?:research use (?:agreement|only|of data agreement)|data use agreement"
            r"|(?:academic|research|educational)(?: (?:and|or) \w+)? (?:use|purposes?) only"
            r"|non-?commercial research)\b",
            re.IGNORECASE,
        ),
    ),
    (
        names.BY_PERMISSION,
        re.compile(
            rf"\b{_TAKEN_OVER}(?: \w+){{0,4}} (?:with|by)(?: \w+)? permissions?\b"
            r"(?! (?:of|from) (?:the |her |his )?(?:patient|parent|guardian|famil))",
            re.IGNORECASE,
        ),
    ),
    (names.PMC_TDM, re.compile(r"^TDM$")),
)

# What narrows a licence that stands beside it.
NARROWED_TO: tuple[tuple[str, Tier, re.Pattern[str]], ...] = (
    (
        "NC",
        "non-commercial",
        re.compile(
            r"non[ -]?commercial|\b(?:not for|no) commercial (?:use|purpose|gain)"
            r"|\bcommercial (?:use|reuse|re-use)[^.;]{0,30}\b(?:prohibited|forbidden|not)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "ND",
        "no-derivatives",
        re.compile(
            r"no[ -]?deriv(?:ative|s)|\bno modifications? or adaptations?\b"
            r"|\bno modifications? (?:is|are) (?:allowed|permitted)"
            r"|\b(?:may|must|can)(?:not| not) be (?:altered|modified|adapted|changed)\b",
            re.IGNORECASE,
        ),
    ),
)
# `for commercial and non-commercial use` narrows nothing.
WITHOUT_EFFECT = re.compile(
    r"\bcommercial(?:ly)?(?: use)?,? (?:and|or|as well as) non-?commercial(?:ly)?\b"
    r"|\bnon-?commercial(?:ly)?,? (?:and|or|as well as) commercial(?:ly)?\b",
    re.IGNORECASE,
)

DENIED_BEFORE = re.compile(
    r"\b(?:not|isn't|aren't|cannot|never|nor|neither|no longer)\b(?! (?:only|just|otherwise))"
    r"|\bno (?=$)",
    re.IGNORECASE,
)
# `If material is not included in the article's licence` denies nothing of this article.
CONDITION = re.compile(r"\b(?:if|unless|where|when)\b", re.IGNORECASE)
DENIED_AFTER = re.compile(
    r"[^,]{0,40}?\b(?:does|do|is|are|was|were)(?: not|n't) (?:apply|cover|include|extend|valid|"
    r"granted|permitted|in force|available)",
    re.IGNORECASE,
)
