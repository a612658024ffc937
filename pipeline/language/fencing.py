"""Source text as data: nothing that a stranger wrote can pose as part of a prompt."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_SPACE = re.compile(r"\s+")
_INSTRUCTION_TAG = re.compile(r"\[(?=/?(?:INST|SYS|SYSTEM|USER|ASSISTANT)\])", re.IGNORECASE)
_ESCAPED = (("<", "\\u003c"), (">", "\\u003e"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))
# bidirectional overrides and other format characters, controls, surrogates, private use, unassigned
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def neutralise(text: str) -> str:
    """Return text on one line, without control, format and private characters."""
    seen = (
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in _HIDDEN
    )
    return _SPACE.sub(" ", "".join(seen)).strip()


def fence(value: Any) -> str:
    """Return plain JSON for a prompt, lists one entry per line, role markers escaped.

    Angle brackets and instruction tags become JSON escapes: `<|im_start|>`, `</s>` and `[INST]`
    reach the model as inert characters, and an answer that quotes them still parses to the same
    words.
    """
    cleaned = _clean(value)
    if isinstance(cleaned, list) and cleaned:
        return "[\n" + ",\n".join(_line(each) for each in cleaned) + "\n]"
    return _line(cleaned)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return neutralise(value)
    if isinstance(value, dict):
        return {str(key): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value


def _line(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
    for character, escape in _ESCAPED:
        told = told.replace(character, escape)
    return _INSTRUCTION_TAG.sub("\\\\u005b", told)
