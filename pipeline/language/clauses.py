"""Whole clauses of a caption that fit CLIP's context."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from instant_clip_tokenizer import Tokenizer

from pipeline.language.english import sentences

CLIP_TOKENS = 77  # with the start and end marks

_CLAUSE = re.compile(r"(?<=[,;:])\s+")
_ASCII = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "×": "x",
        "·": ".",
        "•": "-",
        "≥": ">=",
        "≤": "<=",
        "±": "+/-",
        "°": " degrees ",
        "µ": "u",
        "μ": "u",
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "δ": "delta",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "Ø": "O",
    }
)


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    return Tokenizer()


def count_tokens(text: str) -> int:
    """Return how many CLIP tokens a text takes, start and end marks included."""
    return len(_tokenizer().encode(text)) + 2


def to_ascii(text: str) -> str:
    """Return text in ASCII: typographic signs spelled out, accents dropped, the rest left out."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_ASCII)).translate(_ASCII)
    return " ".join(decomposed.encode("ascii", errors="ignore").decode().split())


def truncate(text: str) -> str:
    """Return whole sentences, then whole clauses, then words, of a text that fit 77 tokens."""
    plain = to_ascii(text)
    if count_tokens(plain) <= CLIP_TOKENS:
        return plain
    whole = sentences(plain)
    kept = _fitting("", whole)
    if kept:
        return kept
    clauses = _CLAUSE.split(whole[0]) if whole else []
    kept = _fitting("", clauses) or _fitting("", plain.split())
    return kept.rstrip(" ,;:.-") + "." if kept else ""


def _fitting(kept: str, pieces: list[str]) -> str:
    for piece in pieces:
        longer = f"{kept} {piece}".strip()
        # the closing full stop may cost one more token
        if count_tokens(longer) > CLIP_TOKENS - 1:
            break
        kept = longer
    return kept
