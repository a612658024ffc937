"""What an extractor gives back for one item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.identity import text_id
from pipeline.redaction import redact_text

Row = dict[str, Any]


@dataclass(slots=True)
class Extracted:
    """Rows of `images`, `texts` and `pairs` that an item yields."""

    images: list[Row] = field(default_factory=list)
    texts: list[Row] = field(default_factory=list)
    pairs: list[Row] = field(default_factory=list)

    def add_text(
        self,
        item: Mapping[str, Any],
        locator: str,
        kind: str,
        text: str,
        *,
        speaker: str | None = "author",
        language: str = "en",
        start_s: float | None = None,
        end_s: float | None = None,
        status: str | None = None,
    ) -> str:
        """Add a passage, white space folded, and return its id; an empty one has that status.

        What identifies a person is blanked before it reaches a table.
        """
        folded, blanked = redact_text(" ".join(text.split()))
        key = text_id(item["item_id"], locator)
        self.texts.append(
            {
                "text_id": key,
                "item_id": item["item_id"],
                "kind": kind,
                "locator": locator,
                "start_s": start_s,
                "end_s": end_s,
                "speaker": speaker,
                "language": language,
                "text": folded,
                "n_redacted": sum(blanked.values()),
                "status": status or ("ok" if folded else "empty"),
                "error": None if folded else f"{kind} at {locator} holds no words",
            }
        )
        return key

    def pair(
        self, item: Mapping[str, Any], image: str, text: str, method: str, score: float
    ) -> None:
        """Bring a picture and a passage together."""
        self.pairs.append(
            {
                "image_id": image,
                "text_id": text,
                "method": method,
                "score": score,
                "group_id": item["group_key"],
                "status": "ok",
                "error": None,
            }
        )
