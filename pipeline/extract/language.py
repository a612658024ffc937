"""The language of a passage, or that it cannot be told."""

from __future__ import annotations

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
MIN_LETTERS = 6
MIN_CONFIDENCE = 0.8
# what people of all languages write: addresses, pseudonyms, what was blanked, numbers, marks
_NO_WORDS = re.compile(r"https?://\S+|\buser-[0-9a-f]{12}\b|\[[a-z_]+\]|[\W\d_]+")
_NO_LANGUAGE = "zxx"


def language_of(text: str) -> str:
    """Return the BCP 47 tag of a text's language; `und` if it is too short or not clear enough.

    The same text gives the same tag on every machine: the model is part of the package.
    """
    words = _NO_WORDS.sub(" ", text).strip()
    if sum(map(str.isalpha, words)) < MIN_LETTERS:
        return UNDETERMINED
    tag, confidence = _identifier().classify(words)
    is_clear = confidence >= MIN_CONFIDENCE and tag != _NO_LANGUAGE
    return str(tag) if is_clear else UNDETERMINED


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
