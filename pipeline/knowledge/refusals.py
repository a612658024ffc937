"""Strings that name no diagnosis of the patient: none, denied, someone else's, only feared."""

from __future__ import annotations

import re
from typing import Literal

from pipeline.knowledge.spelling import listed, term_key

Refusal = Literal["none", "denied", "doubted"]

_SENTINELS = frozenset(
    term_key(text)
    for text in listed(
        """
        no definitive diagnosis, no diagnosis, unknown, none, n/a, na, nan, null, nil, healthy,
        healthy skin, normal skin, normal, normal nail, normal nails, normal hair, undiagnosed,
        not applicable, not available, not specified, unspecified, unclear diagnosis, no disease,
        uncertain diagnosis, multiple potential diagnoses, no skin disease, no lesion, other,
        others, unclear, undetermined, not given, no label, unlabeled, missing, to be determined,
        no abnormality, no specific diagnosis, diagnosis unknown, unknown diagnosis, tbd, pending,
        indeterminate, inconclusive, not provided, not mentioned, not stated, not reported, control,
        healthy volunteer, healthy control, unremarkable, no pathology, not sure, don't know,
        i don't know, no idea, awaiting histology, pending biopsy, biopsy pending,
        no definitive diagnosis provided, diagnosis not given, diagnosis pending, no finding,
        no findings, not determined, not diagnosed, nondiagnostic, cannot be determined
        """,
        ",",
    )
)
_DENIED = re.compile(
    r"""
    ^(?:no|not|non|without|negative\ for|absence\ of|absent|deny|denied|denying|free\ of|never
      |neither|ruled\ out|excluded|exclude|(?:family|personal|past|previous|prior)\ history
      |history\ of|family\ h|hx\ of|h\ o|previous|previously|former|formerly|prior|resolved|healed
      |status\ post|s\ p)\b
    |\b(?:ruled\ out|excluded|negative|absent|not\ (?:seen|present|found|confirmed|detected))$
    |\s(?:no|none|false)$
    |\b(?:runs?\ in|in)\ (?:the|my|his|her)\ family$
    |\bnot\ (?:a\ )?\w+
    """,
    re.VERBOSE,
)
_KIN = (
    r"(?:mother|father|brother|sister|sibling|parent|grandmother|grandfather|grandparent|uncle"
    r"|aunt|cousin|mom|mum|dad|nephew|niece|son|daughter|wife|husband|partner|friend|relative)"
)
_OTHERS = re.compile(rf"^(?:(?:my|his|her|their|the|our|a)\ )?{_KIN}\b")
_DOUBTED = re.compile(
    r"""
    ^(?:possible|possibly|probable|probably|suspected|suspect|suspicious|suspicion|likely|presumed
      |presumptive|rule\ out|r\ o|ro|question\ of|query|could\ be|may\ be|might\ be|maybe|perhaps
      |differential|ddx|consider|considering|to\ exclude|unlikely|favor|favored|mimicking|mimic
      |resembling|concern\ for|concerning\ for|worrisome\ for|provisional|looks?\ like|cannot
      |most\ likely|uncertain|doubtful|screening\ for|risk\ of|at\ risk)\b
    |\b(?:suspected|likely|possible|probable|unlikely|uncertain|suspicion|considered)$
    """,
    re.VERBOSE,
)


def is_sentinel(key: str) -> bool:
    """Tell whether a key says that there is no diagnosis; an empty one says so too."""
    return not key or key in _SENTINELS


def refusal_of(key: str, text: str) -> Refusal | None:
    """Return why a string that is no term of its own affirms no diagnosis, if so.

    Args:
        key: The string's key, as `spelling.term_key` writes it.
        text: The string.
    """
    if is_sentinel(key):
        return "none"
    stripped = text.strip()
    if stripped.startswith("?") or stripped.endswith("?") or _DOUBTED.search(key):
        return "doubted"
    if _DENIED.search(key) or _OTHERS.search(key):
        return "denied"
    return None
