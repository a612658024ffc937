"""Names: the users of a forum, and texts in which keyed pseudonyms stand for them."""

from __future__ import annotations

import re
import unicodedata

from pipeline.identity import pseudonym

NOBODY = frozenset({"", "[deleted]", "[removed]"})
_SHORTEST_PART = 5  # letters of an e-mail address's user part that are a name by themselves
_NAME = r"(?P<name>\w(?:[\w.-]{0,58}\w)?)"
# `10 u/day` is a dose
_MENTION = re.compile(
    r"(?P<sign>(?<![\w.@])@|(?i:\[quote=[\"']?)|/(?i:u|users?|members?|profiles?|people)/"
    r"|(?<![A-Za-z0-9])(?<!\d )u/(?=[\w-]{3}))" + _NAME
)
_ATTRIBUTION = re.compile(
    r"^(?P<name>[^\n:]{2,60}?)"
    r"(?P<rest>\s+(?:wrote|writes|schrieb|a écrit|escribió|ha scritto)\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
_PSEUDONYM = re.compile(r"user-[0-9a-f]{12}")


class Names:
    """User names and their keyed pseudonyms, and texts in which the one stands for the other."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._known: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, name: str, *aliases: str | None) -> str:
        """Remember a user name, and further names of the same person; return the pseudonym."""
        hidden = pseudonym(name, self._key)
        part, at, _ = name.partition("@")
        if at and len(part) >= _SHORTEST_PART:
            aliases = (*aliases, part)
        for each in (name, *aliases):
            folded = _folded(each or "")
            if folded not in NOBODY and len(folded) >= (3 if folded.isascii() else 2):
                self._known.setdefault(folded, hidden)
                self._pattern = None
        return hidden

    def hide(self, text: str) -> str:
        """Put pseudonyms for the names that were added, and for whoever a text speaks to.

        Those are found by what stands around them: `@`, `u/`, `/user/`, `[quote=`, `… wrote:`.
        """
        text = unicodedata.normalize("NFC", text)
        if self._known and self._pattern is None:
            longest_first = sorted(self._known, key=lambda name: (-len(name), name))
            choice = "|".join(map(_spaced, longest_first))
            self._pattern = re.compile(
                f"(?<![A-Za-z0-9])(?:{choice})(?![A-Za-z0-9])", re.IGNORECASE
            )
        if self._pattern is not None:
            text = self._pattern.sub(lambda found: self._of(found[0]), text)
        text = _ATTRIBUTION.sub(lambda found: self._shown(found["name"]) + found["rest"], text)
        return _MENTION.sub(lambda found: found["sign"] + self._shown(found["name"]), text)

    def _shown(self, name: str) -> str:
        return name if _PSEUDONYM.fullmatch(name) else self._of(name)

    def _of(self, name: str) -> str:
        return self._known.get(_folded(name)) or pseudonym(name, self._key)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def _spaced(name: str) -> str:
    """Return a pattern of a name whose words may stand on two lines."""
    return r"\s+".join(re.escape(word) for word in name.split())
