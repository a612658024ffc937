"""Rights that a figure states itself: they override the licence of the article around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile, zip_longest

from pipeline.extract.prose import Element, child_of, name_of, words_of
from pipeline.extract.sentences import sentence_spans
from pipeline.licences import TIERS, UNKNOWN, Licence, read_licence

MAX_EVIDENCE_CHARACTERS = 300
_HREF = "{http://www.w3.org/1999/xlink}href"
_FIGURES = frozenset({"fig", "fig-group"})
_AROUND = _FIGURES | {"boxed-text"}  # their permissions hold for what is in them
_WITHHELD = frozenset({"restricted", "unknown"})

# Few captions have any of these, and only those are looked at closely.
_HINTS = (
    *("permi", "court", "©", "copyr", "reserved", "licen", "credit", "creative", "repro", "print"),
    *(
        "publish",
        "reus",
        "re-us",
        "draw",
        "adapt",
        "adopt",
        "modif",
        "excerpt",
        "extract",
        "borrow",
    ),
    *("source", "from", "photo by", "photograph by", "photos by", "photographs by", "shutter"),
    *("getty", "istock", "alamy", "adobe", "wiki", "dermnet", "visualdx", "flickr", "dreamstime"),
    "science photo",
)
_NAME = r"(?:(?:van|von|de|del|den|el|al|le|la)\s+)*[A-Z][\w’'-]+"
_WORK = (  # somebody else's work: a reference, its authors, or where it was published
    r"(?:(?:the\s+)?ref(?:erence|s|\.)?\b|\[\s*\d|\(\s*\d{1,3}\s*\)"
    rf"|{_NAME}(?:,?\s+[A-Z]{{1,3}}\.?)*,?\s+(?:et\s+al|(?:and|&)\s+{_NAME}|\(?\[?\d)"
    r"|(?:the|a|an)\s+(?:original|previous|published|open)?\s*(?:article|paper|work|publication"
    r"|study\s+(?:of|by)|book|atlas|textbook|website|web\s?site|journal|archives?)\b"
    r"|https?://|www\.)"
)
_PEOPLE = (
    r"(?:patients?|parents?|guardians?|famil(?:y|ies)|mother|father|relatives?|participants?|subjects?"
    r"|individuals?|child(?:ren)?|volunteers?|next of kin|ethics|committee|institutional)"
)
_BORROWED = tuple(
    re.compile(pattern, re.IGNORECASE if ignores else 0)
    for pattern, ignores in (
        (
            r"\b(?:re-?produced|re-?printed|re-?published|re-?used|adapted|adopted|re-?drawn|modified"
            r"|excerpted|borrowed|reproduction)[,;]?\s+(?:\w+\s+){0,4}?"
            r"(?:from|courtesy|under|(?:with|by)\s+(?:\w+\s+){0,3}permission)\b",
            True,
        ),
        (rf"\b(?:[Aa]dapted|[Rr]edrawn|[Mm]odified|[Dd]rawn)\s+after\s+{_WORK}", False),
        (r"\b(?:with|by|under)\s+(?:\w+\s+){0,3}?permissions?\b", True),
        (r"\bpermissions?\s+(?:was\s+|were\s+)?(?:\w+\s+)?(?:from|of|by|granted)\b", True),
        (r"\bcourtes(?:y|ies)\s+(?:of|by|from)\b|\b(?:by|with)\s+courtesy\b", True),
        (r"©|\bcopyright(?:ed|s)?\b|\ball\s+rights\s+reserved\b", True),
        (
            r"\b(?:image|photo(?:graph)?|picture|figure|illustration)s?\s+(?:credits?|source)s?\b"
            r"|\bcredits?\s*(?::|to\b)|\bsources?\s*:\s|\bphoto(?:graph)?s?\s+by\s",
            True,
        ),
        (r"\blicen[cs]ed?\s+(?:from|by|to)\b", True),
        (
            r"\b(?:Shutterstock|Getty\s*Images|iStock|Alamy|Adobe\s*Stock|Science\s+Photo\s+Library"
            r"|Dreamstime|Flickr|Wiki(?:media|pedia)|DermNet|VisualDx)\b",
            True,
        ),
        (
            r"\b(?:[Tt]aken|[Oo]btained|[Dd]erived|[Ee]xtracted|[Ss]ourced|[Ff]igures?|[Ii]mages?"
            rf"|[Pp]ictures?|[Pp]hotographs?)\s+from\s+{_WORK}",
            False,
        ),
        (rf"(?:^|[.;(]\s*)From:?\s+{_WORK}", False),
    )
)
_LICENSED = re.compile(
    r"\blicen[cs]ed\s+under\b|\bunder\s+(?:[\w.-]+\s+){0,6}?licen[cs]e\b", re.IGNORECASE
)
# Said of those who gave consent, or of the article's own authors, the words claim nothing.
_OWN = re.compile(
    r"\bpermissions?\s+(?:(?:was|were|has|have|had|been|is)\s+)*(?:\w+\s+)?(?:from|of|by)\s+"
    rf"(?:[\w’']+\s+){{0,3}}{_PEOPLE}\b"
    rf"|\b(?:{_PEOPLE}(?:[’']s?)?|his|her|their)\s+(?:(?:gave|given|granted|provided|has|have|had|and"
    r"|written|informed|signed|verbal|kind|full|explicit|consent|his|her|their)\s+){0,5}permissions?\b"
    r"|(?:©|\bcopyright\b|\bcourtesy\s+of\b|\bcredits?\b|\bsources?\b)[\s:,()©\d–-]*"
    r"(?:\bby\b|\bof\b|\bto\b)?\s*(?:(?:the|our)\s+)?(?:own\b|(?:\w+\s+)?authors?\b)"
    r"|\bauthors?[’']?s?[’']?\s+(?:own|personal|private)\b",
    re.IGNORECASE,
)
_NAMES_LICENCE = re.compile(r"\bCC[\s-]?(?:BY|0)\b|creativecommons\.org|\bCreative Commons\b")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a figure says of its own rights: a licence, or none that is known, in these words."""

    licence: Licence
    evidence: str

    @property
    def is_withheld(self) -> bool:
        """Tell whether nothing permits the use of the figure: it is somebody else's."""
        return self.licence.tier in _WITHHELD


def stated_rights(figure: Element, article_s: str) -> list[Rights]:
    """Return what the permissions of a figure, and of what is around it, state.

    ``article_s`` is the copyright statement of the article: repeated at a figure, it says nothing.
    """
    stated = (_stated(each, article_s) for each in _permissions(figure))
    return [each for each in stated if each is not None]


def claimed_rights(words: str) -> list[Rights]:
    """Return what the sentences of a caption or a credit line claim.

    A licence that is named in the sentence after the claim counts.
    """
    lowered = words.lower()
    return _claimed(words) if any(hint in lowered for hint in _HINTS) else []


def strictest(rights: Iterable[Rights]) -> Rights | None:
    """Return the least permissive of several rights; of none, none."""
    return max(rights, key=lambda each: TIERS.index(each.licence.tier), default=None)


def statement_of(article: Element) -> str:
    """Return the copyright statement that an article makes for all of it."""
    front = child_of(article, "front")
    found = front.iter("{*}copyright-statement") if front is not None else ()
    return " ".join(words_of(each) for each in found)


def _permissions(figure: Element) -> Iterable[Element]:
    """Yield the permissions in a figure, those of figures in it left out, and of what is around."""
    for each in figure.iter("{*}permissions"):
        within = takewhile(lambda one: one is not figure, each.iterancestors())
        if not any(name_of(one) in _FIGURES for one in within):
            yield each
    for around in figure.iterancestors():
        if name_of(around) in _AROUND:
            yield from around.iterchildren("{*}permissions")


def _stated(permissions: Element, article_s: str) -> Rights | None:
    licences = [*permissions.iter("{*}license", "{*}license_ref", "{*}ext-link")]
    urls = [each.get(_HREF) or "" for each in licences]
    is_licensed = any(name_of(each) != "ext-link" for each in licences)
    words = words_of(permissions)
    if not is_licensed and (words in article_s or (_OWN.search(words) and not _is_borrowed(words))):
        return None
    said = " ".join(dict.fromkeys(each for each in (*urls, words) if each)) or "own permissions"
    licence = next((found for url in urls if (found := read_licence(url)) != UNKNOWN), None)
    return Rights(licence or _named(words), said[:MAX_EVIDENCE_CHARACTERS])


def _claimed(words: str) -> list[Rights]:
    found = []
    sentences = [words[start:end] for start, end in sentence_spans(words)]
    for sentence, following in zip_longest(sentences, sentences[1:], fillvalue=""):
        licence, evidence = _named(sentence), sentence
        if _is_borrowed(sentence):
            if licence == UNKNOWN and not _is_borrowed(following) and _named(following) != UNKNOWN:
                licence, evidence = _named(following), f"{sentence} {following}"
        elif not _LICENSED.search(sentence):
            continue
        found.append(Rights(licence, evidence[:MAX_EVIDENCE_CHARACTERS]))
    return found


def _is_borrowed(sentence: str) -> bool:
    remaining = _OWN.sub(" ", sentence)
    return any(phrase.search(remaining) for phrase in _BORROWED)


def _named(words: str) -> Licence:
    """Return the licence that words name in full or by its code: `5 cc by mouth` names none."""
    found = _NAMES_LICENCE.search(words)
    return read_licence(words[found.start() :]) if found else UNKNOWN
