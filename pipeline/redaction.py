"""What identifies a person in a passage: names, record numbers, dates of birth, addresses.

Patterns find what has a form or stands behind a word that announces it. A name that nothing
announces is not found. What is found is counted by kind, and never logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipeline.person_names import find_names

_MONTH = (
    r"(?:[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Mm]a[iy]|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ep|[Oo][ck]t|[Nn]ov|[Dd]e[cz]"
    r"|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Za-zä]{0,6}"
)
_DATE = (
    r"(?:\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\.?[\s-]?(?:of\s)?{_MONTH}\.?,?[\s-]?\d{{4}}"
    rf"|{_MONTH}\.?\s?\d{{1,2}}(?:st|nd|rd|th)?,?\s?\d{{4}}|(?:19|20)\d{{6}})"
)
_BIRTH = (
    r"(?:(?i:date\s?of\s?birth|birth\s?-?dates?|birthday|d\.?\s?o\.?\s?b\.?|born(?:\s+on)?(?:\s+the)?"
    r"|geb(?:oren)?\.?(?:\s+am)?|geburtsdatum|n[ée]{1,2}\s+le|fecha\s+de\s+nacimiento|f\.?\s?nac\.?"
    r"|nacid[oa]\s+el|data\s+di\s+nascita|nat[oa]\s+il|date\s+de\s+naissance|data\s+de\s+nascimento)"
    r"|\bb\.)"
)
_PUBLIC = r"(?!(?:NCT|ISRCTN|CRD|CTRI|ChiCTR|EudraCT|PMC|PMID|DOI|doi)\b|(?:NCT|PMC|CRD)\d)"
_GENBANK = r"(?![A-Z]{1,2}_?\d{5,8}(?:\.\d{1,2})?\b)"
_NUMBER = r"(?:id|identifier|number|numbers|num|no\b\.?|nr\b\.?|nos\b\.?|\#|№)"
_VALUE = rf"\s?[:#=.]{{0,2}}\s?{_PUBLIC}(?=[A-Z0-9/-]{{0,19}}\d)[A-Z0-9][A-Z0-9/-]"

_WAY = (
    r"(?:Street|St\b\.?|Avenue|Ave\b\.?|Road|Rd\b\.?|Lane|Ln\b\.?|Drive|Boulevard|Blvd\b\.?|Court|Square"
    r"|Terrace|Crescent|Highway|Parkway|Close)"
)
_CAP = r"[A-ZÀ-Þ][\w'’.-]{1,24}"
_POSTCODE = r"(?:\d{4,5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2})"
_PLACE = rf"(?:,?\s{{1,2}}(?:{_CAP}\s?){{1,3}},?\s(?:[A-Z]{{2}}\s)?{_POSTCODE})?"
_SITES = (
    r"facebook\.com|fb\.com|instagram\.com|twitter\.com|x\.com|tiktok\.com|t\.me|linkedin\.com/in"
    r"|researchgate\.net/profile|youtube\.com/@|reddit\.com/u(?:ser)?"
)

# In this order: an address with a user in it would otherwise be taken for an e-mail address.
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "url": re.compile(
        r"\b[a-z][a-z0-9+.-]{1,15}://[^\s/@]{1,200}@[^\s<>\"]{1,500}"  # user:password@host
        rf"|\b(?:https?://)?(?:www\.|m\.)?(?:{_SITES})/?[^\s<>\"/?]{{2,100}}"
        r"|\b(?:https?://|www\.)[^\s<>\"]{1,200}/(?:u|user|users|profile|profiles|people|staff|in|~)/"
        r"[^\s<>\"]{1,200}"
        r"|\b(?:https?://|www\.)[^\s<>\"/]{1,200}/[@~][^\s<>\"]{1,200}",
        re.IGNORECASE,
    ),
    "email": re.compile(
        r"\b[\w.+-]{1,64}(?:@|\s?[\[(]\s?at\s?[\])]\s?)[\w-]{1,63}"
        r"(?:(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)[\w-]{1,63}){1,4}\b",
        re.IGNORECASE,
    ),
    "birth_date": re.compile(
        rf"(?<![\w-]){_BIRTH}\s?[:=]?\s?\(?{_DATE}"
        rf"|\b{_DATE}\s?\(?(?:DOB|D\.O\.B\.|date of birth)\b\)?"
    ),
    "record_number": re.compile(
        r"\bNHS(?:\s?(?:[Nn]o|[Nn]umber)\.?)?\s?[:#]?\s?\d{3}\s\d{3}\s\d{4}\b"
        # what nothing else is called by
        rf"|\b(?i:mrn|uhid|nhs|nhi|chi|umr|crn|urn|pid|ssn|social\s+security|medicare|medicaid"
        rf"|(?:medical|hospital|clinic|health)\s?record|m\.?r\.?\s?no\.?)(?:\s?(?i:{_NUMBER}))?{_VALUE}{{2,19}}\b"
        # what a series of cases may number too
        rf"|\b(?i:(?:patient|pt|hospital|hosp\.?|record|chart|file|unit|folder|opd|ipd|admission)"
        rf"\s?{_NUMBER})(?=[\s:#=.]{{0,3}}(?:[A-Z/-]{{0,6}}\d){{3}}){_VALUE}{{2,19}}\b"
        rf"|\b(?i:case\s?{_NUMBER})(?=[\s:#=.]{{0,3}}(?:[A-Z/-]{{0,6}}\d){{5}}){_VALUE}{{4,19}}\b"
        rf"|\b(?i:accession\s?(?:{_NUMBER})?)(?=[\s:#=.]{{0,3}}{_GENBANK}(?:[A-Z/-]{{0,6}}\d){{5}})"
        rf"{_VALUE}{{4,19}}\b"
        r"|(?<![\w.,/-])(?:ID|Id)\s?[:#=]\s?(?=(?:[A-Z/-]{0,6}\d){5})[A-Z0-9][A-Z0-9/-]{4,19}\b"
        r"|(?<![\w.,/-])\d{3}-\d{2}-\d{4}(?![\w-])",
    ),
    "address": re.compile(
        rf"\b\d{{1,5}}[A-Za-z]?,?\s(?:[NSEW]\.?\s)?(?:{_CAP}\s){{1,3}}{_WAY}{_PLACE}"
        rf"|\b[A-ZÄÖÜ][\wäöüß-]{{2,30}}(?:straße|strasse|str\.|gasse|weg|platz|allee)\s?\d{{1,4}}[a-z]?\b"
        rf"(?:,?\s\d{{4,5}}\s{_CAP})?"
        rf"|\b\d{{1,4}},?\s(?:bis\s|ter\s)?(?:rue|avenue|boulevard|place|chemin|allée|quai)\s"
        rf"(?:(?:de|du|des|la|le|les)\s){{0,2}}(?:d['’]|l['’])?{_CAP}"
        rf"|\b(?:Calle|Avenida|Via|Viale|Rua|Plaza|Piazza)\s(?:(?:de|del|la|di|da)\s){{0,2}}"
        rf"(?:{_CAP}\s?){{1,3}},?\s?(?:n[.º°]\s?)?\d{{1,4}}\b"
        r"|\b[Pp]\.?\s?[Oo]\.?\s?[Bb]ox\s\d{1,6}\b"
    ),
    "phone": re.compile(
        r"(?<![\w.,/-])(?:(?:\+|00(?=[1-9]))\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s.-]?\d{2,4}){2,4}"
        r"|\(\d{2,5}\)[\s.-]?\d{3,5}[\s.-]?\d{3,4}"
        r"|\d{3}[\s.-]\d{3}[\s.-]\d{4}"
        r"|0\d(?:[\s.]\d{2}){4}"
        r"|0\d{2}\s\d{3}(?:\s\d{2}){2}"
        r"|0\d-\d{4}-\d{4}"
        r"|0\d{2,4}[\s/-]\d{3,4}[\s-]?\d{3,4})(?![\w-])"
        r"|\b(?i:tel(?:ephone|\.)?|phone|mobile|fax|whatsapp|(?:ring|call) me (?:on|at))"
        r"(?:\s?(?:no\.?|number))?\s?[:.=]?\s?(?:\+?\(?\d(?:[\s().-]?\d){5,14})(?![\w-])"
    ),
}
KINDS = (*_PATTERNS, "name")


def redact_text(text: str, *, printed: bool = False) -> tuple[str, dict[str, int]]:
    """Replace what identifies a person by `[email]` and the like, and count it by kind.

    Kinds are those of `KINDS`; a url counts if it names a user. A kind that is not found is not
    counted.

    Args:
        text: the passage.
        printed: whether it was read from a picture, where a bare name counts as well.
    """
    counts: dict[str, int] = {}
    for kind, pattern in _PATTERNS.items():
        text, found = pattern.subn(f"[{kind}]", text)
        if found:
            counts[kind] = found
    spans = list(_apart(find_names(text, printed=printed)))
    for start, end in reversed(spans):
        text = f"{text[:start]}[name]{text[end:]}"
    return text, counts | ({"name": len(spans)} if spans else {})


def private_kinds(text: str, *, printed: bool = False) -> list[str]:
    """Return the kind of each personal detail in a text, sorted, one entry for each."""
    _redacted, counts = redact_text(text, printed=printed)
    return sorted(kind for kind, n in counts.items() for _ in range(n))


def _apart(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield spans in order; of those that overlap, the first and longest."""
    last = 0
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if start >= last:
            yield start, end
            last = end
