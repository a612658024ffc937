"""What identifies a person in a passage: addresses, numbers, dates of birth.

First form: patterns find what has a form. Names and street addresses have none and are not found.
What is found is counted, and never logged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_DATE = (
    r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}"
    r"|\d{1,2}(?:st|nd|rd|th)?\s+[A-Z][a-z]{2,8}\.?,?\s+\d{4}|[A-Z][a-z]{2,8}\.?\s+\d{1,2},?\s+\d{4})"
)
# In this order: an address with a user in it would otherwise be taken for an e-mail address.
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "url": re.compile(
        r"\b[a-z][a-z0-9+.-]{1,15}://[^\s/@]{1,200}@[^\s<>\"]{1,500}"  # user:password@host
        r"|\b(?:https?://|www\.)[^\s<>\"]{1,200}/(?:u|user|users|profile|in|~)/[^\s<>\"]{1,200}"
        r"|\b(?:https?://|www\.)[^\s<>\"/]{1,200}/[@~][^\s<>\"]{1,200}",
        re.IGNORECASE,
    ),
    "email": re.compile(
        r"\b[\w.+-]{1,64}(?:@|\s?[\[(]\s?at\s?[\])]\s?)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b",
        re.IGNORECASE,
    ),
    "birth_date": re.compile(
        rf"\b(?:(?i:date\s+of\s+birth|birth\s*date|d\.?o\.?b\.?|born(?:\s+on)?))\s*[:=]?\s*{_DATE}"
    ),
    "record_number": re.compile(
        r"\b(?:(?i:mrn|medical\s+record(?:\s+(?:number|no\.?))?"
        r"|(?:patient|hospital|case|record|accession|nhs|chart)\s+(?:id|number|no\.?|\#)))"
        r"\s*[:#=]?\s*(?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{2,19}\b",
    ),
    "phone": re.compile(
        r"(?<![\w.,/-])(?:\+\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s.-]?\d{2,4}){2,4}"
        r"|\(\d{2,5}\)[\s.-]?\d{3,4}[\s.-]?\d{3,4}"
        r"|\d{3}[\s.-]\d{3}[\s.-]\d{4}"
        r"|0\d{2,4}[\s/-]\d{3,4}[\s-]?\d{3,4})(?![\w-])"
    ),
}


def redact_text(text: str) -> tuple[str, dict[str, int]]:
    """Replace what identifies a person by `[email]` and the like, and count it by kind.

    Kinds are url (with a user in it), email, birth_date, record_number and phone; a kind that is
    not found is not counted.
    """
    counts: dict[str, int] = {}
    for kind, pattern in _PATTERNS.items():
        text, found = pattern.subn(f"[{kind}]", text)
        if found:
            counts[kind] = found
    return text, counts
