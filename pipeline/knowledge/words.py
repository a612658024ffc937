"""A passage as one letter per word: what the search for mentions runs on.

Every word of a vocabulary is a letter of its own; all other words share one. A passage of 60 words
becomes a string of 60 letters, so that phrases of whole words are found as plain strings are.
Reading a word anew costs microseconds; each spelling is read once and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
    """Letters by chunk of text, a chunk being what stands between two spaces.

    `spans` tells where the words of each chunk are. `abbreviations` and `persons` hold the chunks
    met so far with a word that may be an abbreviation (as written, or with a plural s), or a part
    of an age, a sex or a skin type.
    """

    def __init__(
        self, keys: Iterable[str], abbreviations: Iterable[str], persons: Iterable[str]
    ) -> None:
        super().__init__()
        vocabulary = sorted({word for key in keys for word in key.split()})
        self._letters = {word: chr(_FIRST_LETTER + at) for at, word in enumerate(vocabulary)}
        self._written = frozenset(abbreviations)
        self._personal = frozenset(persons)
        self.spans: dict[str, tuple[tuple[int, int], ...]] = {}
        self.abbreviations: set[str] = set()
        self.persons: set[str] = set()

    def __missing__(self, chunk: str) -> str:
        if len(self) >= MAX_REMEMBERED:
            for remembered in (self, self.spans, self.abbreviations, self.persons):
                remembered.clear()
        letters: list[str] = []
        spans: list[tuple[int, int]] = []
        for match in _PIECE.finditer(f"{chunk} "):
            piece = match.group()
            key = self.key_of(piece)
            if key is None:
                continue
            word = piece.strip()
            letters.append(self._letters.get(key, UNKNOWN))
            end = match.end() - len(piece) + len(piece.rstrip())
            spans.append((end - len(word), end))
            if word in self._written or (word[-1:] == "s" and word[:-1] in self._written):
                self.abbreviations.add(chunk)
            if word.lower() in self._personal or word[:1].isdigit():
                self.persons.add(chunk)
        self.spans[chunk] = tuple(spans)
        self[chunk] = "".join(letters)
        return self[chunk]

    def key_of(self, piece: str) -> str | None:
        """Return the word key of a piece, None if it is no word."""
        word = piece.strip()
        if not word:
            return PARAGRAPH if piece.count("\n") > 1 or piece == "\n " else None
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
        chunks = text.split(" ")
        return Words(text, chunks, "".join(map(self.__getitem__, chunks)), self.spans)


class Words:
    """A passage in words: `letters` has one letter per word, whose spans are told on demand."""

    __slots__ = ("_ends", "_spans", "_starts", "chunks", "letters", "text")

    def __init__(
        self,
        text: str,
        chunks: list[str],
        letters: str,
        spans: dict[str, tuple[tuple[int, int], ...]],
    ) -> None:
        self.text = text
        self.chunks = chunks
        self.letters = letters
        self._spans = spans
        self._starts: list[int] = []
        self._ends: list[int] = []

    def spans(self) -> tuple[list[int], list[int]]:
        """Return where each word starts and ends in the text."""
        if not self._ends:
            at = 0
            starts, ends, spans = self._starts, self._ends, self._spans
            for chunk in self.chunks:
                for start, end in spans[chunk]:
                    starts.append(at + start)
                    ends.append(at + end)
                at += len(chunk) + 1
        return self._starts, self._ends

    def among(self, chosen: set[str]) -> list[tuple[int, str]]:
        """Return the words whose chunk is among the chosen: their place, and the word."""
        if chosen.isdisjoint(self.chunks):
            return []
        found: list[tuple[int, str]] = []
        at = 0
        for chunk in self.chunks:
            spans = self._spans[chunk]
            if chunk in chosen:
                found += [(at + n, chunk[start:end]) for n, (start, end) in enumerate(spans)]
            at += len(spans)
        return found
