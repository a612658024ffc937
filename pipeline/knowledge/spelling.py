"""One key for all spellings of a term: case, accents, hyphens, plurals, British and American."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def listed(text: str, separator: str | None = None) -> tuple[str, ...]:
    """Return the entries of a list written as one text, in one line each or in many."""
    return tuple(" ".join(entry.split()) for entry in text.split(separator) if entry.strip())


# Longer words are no words; they are kept whole and match nothing.
MAX_WORD_CHARACTERS = 60

# Letters and digits with inner apostrophes; marks, soft hyphens and zero-width signs stay inside.
_INNER = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_INNER}])*(?:['’ʼ`´](?:[^\W_]|[{_INNER}])+)*")

_DROPPED = re.compile(rf"[{_INNER}]")
_POSSESSIVE = re.compile(r"['’ʼ`´]s?$")
_APOSTROPHE = re.compile(r"['’ʼ`´]")

# Words that end like a plural and are none.
_SINGULAR = frozenset(
    listed(
        """
        scabies herpes diabetes caries rabies series species facies lens pus plus gas yes pubes
        menses sepsis lues biceps
        """
    )
)
_IRREGULAR = {
    "lice": "louse",
    "feet": "foot",
    "teeth": "tooth",
    "nevi": "nevus",
    "fungi": "fungus",
    "comedones": "comedo",
    "comedone": "comedo",
    "lentigines": "lentigo",
    "vertigines": "vertigo",
    "ephelides": "ephelis",
    "epulides": "epulis",
    "angiomata": "angioma",
    "varices": "varix",
    "striae": "stria",
    "milia": "milium",
    "ostia": "ostium",
    "atrophia": "atrophy",
    "foci": "focus",
    "tophi": "tophus",
    "emboli": "embolus",
    "women": "woman",
    "men": "man",
    "children": "child",
    "scarves": "scarf",
    "halves": "half",
    "leaves": "leaf",
}
# In this order; the first that fits is applied.
_PLURALS = (
    (re.compile(r"omata$"), "oma"),
    (re.compile(r"itides$"), "itis"),
    (re.compile(r"(ss|sh|ch|x|zz|us)es$"), r"\1"),
    (re.compile(r"(?:(?<=[a-z]{3}o)|(?<=[sc]ta)|(?<=ly)|(?<=cri))ses$"), "sis"),
    (re.compile(r"(?<=[^aeiou])ies$"), "y"),
    (re.compile(r"(?<=[bcdfgilmnprtv])ae$"), "a"),
    (re.compile(r"(?<=[^siu])s$"), ""),
)
_BRITISH = (
    (re.compile(r"ae|æ"), "e"),
    (re.compile(r"oe(?=[db])|^oe(?=s)|(?<=[cf])oe(?=[lt])|œ"), "e"),
    (re.compile(r"rrhoe"), "rrhe"),
    (re.compile(r"our(?=$|ed$|less$|ing$)"), "or"),
    (re.compile(r"^leuco"), "leuko"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"^(centr|fibr)e$"), r"\1er"),
    (re.compile(r"^gre(y|yish)$"), r"gra\1"),
    (re.compile(r"^mould"), "mold"),
    (re.compile(r"is(ed|ing|ation)$"), r"iz\1"),
    (re.compile(r"ise$"), "ize"),
)


def plain(text: str) -> str:
    """Return text in lower case without accents, soft hyphens and zero-width signs."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return _DROPPED.sub("", decomposed)


@lru_cache(maxsize=1 << 16)
def _word_key(word: str) -> str:
    bare = _APOSTROPHE.sub("", _POSSESSIVE.sub("", plain(word)))
    # some letters unfold into several words; a word stays one word, and is never empty
    return _american(_singular("".join(bare.split()))) or "\ufffd"


def word_key(word: str) -> str:
    """Return the key of one word; words over 60 characters come back as they are."""
    return word if len(word) > MAX_WORD_CHARACTERS else _word_key(word)


def term_key(text: str) -> str:
    """Return the key of a term: the keys of its words, joined with one space."""
    return " ".join(word_key(match.group()) for match in WORD.finditer(text))


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SINGULAR or len(word) < 4:
        return word
    for pattern, singular in _PLURALS:
        changed, n_changes = pattern.subn(singular, word)
        if n_changes:
            return changed
    return word


def _american(word: str) -> str:
    for pattern, american in _BRITISH:
        word = pattern.sub(american, word)
    return _IRREGULAR.get(word, word)
