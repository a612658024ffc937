"""What is known of the demo world, written to `truth.json`.

    {"seed": 7,
     "pictures": [{"source", "item", "locator", "kind", "disease", "concepts", "body_site",
                   "skin_tone", "age", "sex", "start_s", "end_s", "box"}, ...],
     "plants": [{"name", "items", "expect", "note"}, ...]}

`source` is pubmed, youtube, reddit, discourse, webforum, slides, ham10000 or pad_ufes_20. `item`
is the key the source itself gives: a PMC id without version, a video id, a post id, a topic id, a
thread id, the name of a deck's file, a HAM10000 image id, the name of a picture of PAD-UFES-20
without its ending. `locator` is the place within the item:

- pubmed: `F1`, or `F1/a` for panel A of a compound figure, whose pixels are in `box`;
- youtube: `t=5.0-11.0`, the seconds of the scene, also in `start_s` and `end_s`;
- reddit: the index of the picture in its post, `0`, `1`, ...;
- discourse and webforum: post number, from 1, and index in the post: `1/0`;
- slides: as the pipeline names places, by page or slide: `p2/x14`, `p11/v1`, `s3/2`;
- ham10000 and pad_ufes_20: empty.

`kind` is skin, chart, histology, talking_head, text_slide or non_skin; what is known of a patient
is null for all but skin. An entry of `plants.items` is `{"source", "item", "locator"}`, and
`expect` says what a careful pipeline makes of it: `duplicate`, `split_into_panels`, `kept`,
`no_pair`, `dropped` (a picture), `collected` or `not_collected` (an item), or `failed` (a row with
an error).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.demo.cases import Case
from pipeline.demo.figures import Box

Kind = Literal["skin", "chart", "histology", "talking_head", "text_slide", "non_skin"]


@dataclass(frozen=True, slots=True)
class Place:
    """One picture, or one whole item where `locator` is empty."""

    source: str
    item: str
    locator: str = ""


class TruthBook:
    """Gathers what the generators draw and plant, in the order they do so."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._pictures: list[dict[str, Any]] = []
        self._plants: list[dict[str, Any]] = []

    def add_skin(
        self,
        place: Place,
        case: Case,
        *,
        box: Box | None = None,
        seconds: tuple[float, float] | None = None,
    ) -> None:
        """Record a picture of a case."""
        known = {
            "disease": case.disease.name,
            "concepts": list(case.disease.concepts),
            "body_site": case.site,
            "skin_tone": case.tone,
            "age": case.age,
            "sex": case.sex,
        }
        self._add(place, "skin", known, box, seconds)

    def add_other(
        self,
        place: Place,
        kind: Kind,
        *,
        disease: str | None = None,
        box: Box | None = None,
        seconds: tuple[float, float] | None = None,
    ) -> None:
        """Record a picture that shows no patient's skin."""
        names = ("body_site", "skin_tone", "age", "sex")
        known: dict[str, Any] = {"disease": disease, "concepts": [], **dict.fromkeys(names)}
        self._add(place, kind, known, box, seconds)

    def plant(self, name: str, expect: str, note: str, *places: Place) -> None:
        """Record something planted and what should become of it."""
        items = [asdict(place) for place in places]
        self._plants.append({"name": name, "items": items, "expect": expect, "note": note})

    def write(self, path: Path) -> None:
        """Write the truth as JSON."""
        book = {"seed": self._seed, "pictures": self._pictures, "plants": self._plants}
        path.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def _add(
        self,
        place: Place,
        kind: Kind,
        known: dict[str, Any],
        box: Box | None,
        seconds: tuple[float, float] | None,
    ) -> None:
        start, end = seconds or (None, None)
        row = {**asdict(place), "kind": kind, **known, "start_s": start, "end_s": end}
        self._pictures.append({**row, "box": list(box) if box else None})
