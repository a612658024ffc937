"""A passage as one letter per word: what the search for mentions runs on.

Every word of a vocabulary is a letter of its own; all other words share one. A passage of 60 words
becomes a string of 60 letters, so that phrases of whole words are found as plain strings are.
Reading a word anew costs microseconds; each spelling is read once and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate

from pipeline.knowledge.spelling import WORD, word_key

# Word keys of signs that end a sentence; the last is the end of a paragraph.
PERIOD, PARAGRAPH = ".", "¶"
# The letter of all words that are not in the vocabulary.
UNKNOWN = "\x01"
# Spellings remembered; then all are forgotten at once.
MAX_REMEMBERED = 1 << 18

_FIRST_LETTER = 0x10000
# A full stop after these only shortens a word.
_SHORTENED = r"(?i:vs|st|dr|eg|ie|cf|approx|fig|mrs?|ca|e|g)\."
# Each piece is white space and a word or a sign; a hyphen joins words, and a full stop that no
# space follows is none. Together the pieces are the text.
_PIECE = re.compile(
    rf"""
    [^\S\n]*+\n[^\S\n]*+\n\s*+
    |\s*+(?:{_SHORTENED}(?=\s)|{WORD.pattern})
    |\s*+\.["')\]”’]*+\s++
    |\s*+[^\w\s]
    |\s++
    |.
    """,
    re.VERBOSE | re.DOTALL,
)
_JOINING = frozenset("-‐‑–'’._")


class Alphabet(dict[str, str]):
    """Letters by piece of text; a piece that is no word has the empty letter.

    `abbreviations` and `persons` hold the pieces met so far that may be an abbreviation (as
    written, or with a plural s), or a part of an age, a sex or a skin type.
    """

    def __init__(
        self, keys: Iterable[str], abbreviations: Iterable[str], persons: Iterable[str]
    ) -> None:
        super().__init__()
        vocabulary = sorted({word for key in keys for word in key.split()})
        self._letters = {word: chr(_FIRST_LETTER + at) for at, word in enumerate(vocabulary)}
        self._written = frozenset(abbreviations)
        self._personal = frozenset(persons)
        self.abbreviations: set[str] = set()
        self.persons: set[str] = set()

    def __missing__(self, piece: str) -> str:
        if len(self) >= MAX_REMEMBERED:
            self.clear()
            self.abbreviations.clear()
            self.persons.clear()
        word = piece.strip()
        if word in self._written or (word[-1:] == "s" and word[:-1] in self._written):
            self.abbreviations.add(piece)
        if word.lower() in self._personal or word[:1].isdigit():
            self.persons.add(piece)
        key = self.key_of(piece)
        letter = "" if key is None else self._letters.get(key, UNKNOWN)
        self[piece] = letter
        return letter

    def key_of(self, piece: str) -> str | None:
        """Return the word key of a piece, None if it is no word."""
        word = piece.strip()
        if not word:
            return PARAGRAPH if piece.count("\n") > 1 else None
        if word[0] == "." and (len(piece) > 1 and piece[-1].isspace()):
            return PERIOD
        if word in _JOINING:
            return None
        if word[-1] == "." and len(word) > 1:
            word = word[:-1]
        if WORD.match(word) is None:
            return word[0]
        possessive = f"{word_key(word)}'s"
        if word.endswith(("'s", "’s")) and possessive in self._letters:
            return possessive
        return word_key(word)

    def phrase(self, key: str) -> str:
        """Return the letters of a phrase of the vocabulary."""
        return "".join(self._letters[word] for word in key.split())

    def read(self, text: str) -> Words:
        """Return a passage in words."""
        pieces = _PIECE.findall(f"{text} ")
        letters = list(map(self.__getitem__, pieces))
        return Words(text, pieces, letters, "".join(letters))


class Words:
    """A passage in words: `letters` has one letter per word, whose spans are told on demand."""

    __slots__ = ("_ends", "_letters", "_starts", "letters", "pieces", "text")

    def __init__(self, text: str, pieces: list[str], spread: list[str], letters: str) -> None:
        self.text = text
        self.pieces = pieces
        self.letters = letters
        self._letters = spread
        self._ends: list[int] = []
        self._starts: list[int] = []

    def spans(self) -> tuple[list[int], list[int]]:
        """Return where each word starts and ends in the text."""
        if not self._ends:
            ends = accumulate(map(len, self.pieces))
            told = zip(ends, self.pieces, self._letters, strict=True)
            kept = [(end, piece) for end, piece, letter in told if letter]
            self._ends = [end - len(piece) + len(piece.rstrip()) for end, piece in kept]
            self._starts = [end - len(piece.lstrip()) for end, piece in kept]
        return self._starts, self._ends

    def among(self, chosen: set[str]) -> list[tuple[int, str]]:
        """Return the words whose piece is among the chosen: their place, and the word."""
        if chosen.isdisjoint(self.pieces):
            return []
        kept = (piece for piece, letter in zip(self.pieces, self._letters, strict=True) if letter)
        return [(at, piece.strip()) for at, piece in enumerate(kept) if piece in chosen]
