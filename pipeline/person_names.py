"""Names of persons in a passage, by what stands before them or by a common given name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.given_names import GIVEN_NAMES

_CAPITAL, _SMALL = "A-ZÀ-ÖØ-ÞŁŚŽŠČ", "a-zß-öø-ÿłńśżćęąžšč"
_PARTICLE = r"(?:(?:van|von|de|del|della|da|di|dos|der|den|la|le|el|al|bin|ter)[ -]){0,2}"
_WORD = rf"(?:O['’])?[{_CAPITAL}][{_SMALL}]+(?:['’-]?[{_CAPITAL}][{_SMALL}]+){{0,2}}"
_LOUD = rf"[{_CAPITAL}]{{2,20}}(?:['’-][{_CAPITAL}]{{2,20}})?"  # as devices print names
_INITIALS = rf"(?:[{_CAPITAL}]\.?[ -]?){{1,3}}(?<=[. -])"
# A word that begins a sentence, or is no name: these end what a title begins.
_NO_NAME = (
    r"(?!(?:The|This|That|These|He|She|It|They|We|You|My|Your|His|Her|Our|In|On|At|Of|For|And|But|Or|"
    r"So|If|As|An|No|Not|Yes|Who|What|When|Why|How|Said|Says|After|Before|With|Then|There|Please|"
    r"Thanks|Is|Was|Are|Has|Male|Female|Man|Woman|Age|Aged|Date|Sex|Caucasian|Asian|African|White|"
    r"Black|Adult|Child|Figure|Fig|Table|Case|Patient|Unknown|None|Name|DOB|MRN|ID|MALE|FEMALE|"
    r"DATE|SEX|AGE|HOSPITAL|CLINIC|Hospital|Clinic|Department)\b)"
)
_NAME = (
    rf"(?:{_INITIALS})?{_NO_NAME}{_PARTICLE}(?:{_WORD}|{_LOUD})"
    rf"(?:(?:[ -]|\s?,\s?)?(?:{_INITIALS})?{_NO_NAME}{_PARTICLE}(?:{_WORD}|{_LOUD})){{0,3}}"
)
_PERSON = (
    rf"{_NO_NAME}{_PARTICLE}(?:{_WORD})(?: (?:{_INITIALS})?{_NO_NAME}{_PARTICLE}{_WORD}){{0,2}}"
)

_TITLED = re.compile(
    rf"\b(?:(?:Drs?|DR|Mr|MR|Mrs|MRS|Ms|Mx|Prof|PROF|Herr|Frau|Mme|Sra?)\b\.?|Miss|Doctor|Professor"
    rf"|Dres\.)(?:\s+(?:Dr|Prof|med)\b\.?){{0,3}}\s*"
    rf"(?P<name>(?:{_INITIALS})?{_PERSON}|(?:{_INITIALS})?{_NO_NAME}{_LOUD}(?: {_LOUD})?)"
)
_TOLD = re.compile(rf"\b(?i:(?:my|his|her|their)\s+name(?:\s+is|['’]s))\s+(?P<name>{_PERSON})")
# As speech is written down by machines: without capitals.
_SPOKEN = re.compile(
    r"\b(?:mr|mrs|ms|dr|doctor|professor)\.? (?P<name>[a-z]{3,20})"
    r"(?= (?:is|was|says|said|has|from|and i)\b)"
    r"|\bmy name(?: i|')s (?:dr\.? |doctor )?(?P<told>[a-z]{2,20}(?: [a-z]{2,20})?)\b"
)
_LABELLED = re.compile(
    r"(?:\b(?i:(?:patient|pt|full|first|last|given|family|middle|maiden|sur)\s?(?:['’]s\s?)?\.?\s?names?"
    r"|names?\s?of\s?(?:the\s?)?patient|nombre|nom|nachname|vorname|surname)"
    r"|(?<![^\W\d_][ -])\b(?:[Nn]ame|NAME))\s?[:=]\s?"
    rf"(?P<name>{_NAME})"
    rf"|\b(?:[Pp]atient|PATIENT|[Pp]t|PT)\s?[:=]\s?(?P<bare>{_NAME})(?<=[ ,{_SMALL}])"
)
_DICOM = re.compile(
    rf"\b(?P<name>{_LOUD}\^[{_CAPITAL}][{_CAPITAL}{_SMALL}]+(?:\^[{_CAPITAL}{_SMALL}]+)?)"
)

_INTRODUCED = re.compile(
    r"\b(?:(?i:patient|pt|i am|i['’]m|this is|named|signed|regards,?))\s+"
    rf"(?P<name>{_PERSON})"
)
_PRINTED = re.compile(
    rf"\b(?P<name>{_LOUD}\s?,\s?(?P<given>{_WORD}|{_LOUD})|(?P<first>{_WORD}|{_LOUD})"
    rf"\s(?:{_INITIALS})?{_NO_NAME}(?:{_WORD}|{_LOUD}))\b"
)
_CREDIT = re.compile(r"(?i:©|\(c\)|copyright|photo(?:graph)?|courtesy|image|credit)[^.\n]{0,30}$")


def find_names(text: str, *, printed: bool = False) -> Iterator[tuple[int, int]]:
    """Yield where names of persons stand in a text, as (start, end); they may overlap.

    Args:
        text: the passage.
        printed: whether it stands printed in a picture, where a given name and another one are
            enough, but for a credit, which a licence may ask for.
    """
    for pattern in (_TITLED, _TOLD, _LABELLED, _DICOM, _SPOKEN):
        for found in pattern.finditer(text):
            group = next(name for name, words in found.groupdict().items() if words)
            yield found.span(group)
    for found in _INTRODUCED.finditer(text):
        if _is_given(found["name"].split()[0]):
            yield found.span("name")
    for found in _PRINTED.finditer(text) if printed else ():
        if _is_given(found["given"] or found["first"]) and not _CREDIT.search(
            text[max(0, found.start() - 60) : found.start()]
        ):
            yield found.span("name")


def _is_given(word: str) -> bool:
    return word.lower() in GIVEN_NAMES
