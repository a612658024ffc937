"""Panels: how many of a figure's are found, and how many single pictures are cut.

python bench/panels.py [--figures 40] [--singles 24] [--seed 7002] [--json]

Figures and single pictures are generated with truth, so many of each look; the seeds that the
thresholds were chosen on are below 1000. A panel is found if it overlaps a true one by more than
0.75 (intersection over union). Beside it stands a plain recursive cut at white or black gutters.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
from measures.panel_figures import LOOKS, Box, Figure, make_figure, make_single
from measures.panel_pictures import SINGLES, Pool
from measures.panel_rival import cut_at_gutters

from pipeline.extract.panel_matching import match_letters
from pipeline.extract.panels import Panel, split_panels

MIN_IOU = 0.75


@dataclass(slots=True)
class Tally:
    """Counts over figures of one look."""

    figures: int = 0
    true: int = 0
    found: int = 0
    right: int = 0
    exact: int = 0
    cut: int = 0

    def add(self, figure: Figure, boxes: list[Box]) -> list[bool]:
        """Count one figure, and tell which of its boxes are right."""
        hits = right_boxes(boxes, figure.boxes)
        self.figures += 1
        self.true += len(figure.boxes)
        self.found += len(boxes)
        self.right += sum(hits)
        self.exact += sum(hits) == len(boxes) == len(figure.boxes)
        self.cut += len(boxes) > 1
        return hits

    @property
    def precision(self) -> float:
        """Share of the found that are right."""
        return self.right / max(1, self.found)

    @property
    def recall(self) -> float:
        """Share of the true that are found."""
        return self.right / max(1, self.true)


@dataclass(slots=True)
class Scores:
    """Tallies of ours and the plain cut, by look; and what is asked of ours alone."""

    ours: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    plain: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    cpu_s: float = 0.0
    lettered: int = 0
    letters: int = 0
    letters_right: int = 0
    letters_wrong: int = 0
    letters_cpu_s: float = 0.0
    sure: list[tuple[float, bool]] = field(default_factory=list)


def right_boxes(boxes: list[Box], true: tuple[Box, ...]) -> list[bool]:
    """Tell of each box whether it is one of the true, each of which counts once."""
    left = set(range(len(true)))
    hits = []
    for box in boxes:
        best = max(left, key=lambda n: overlap(box, true[n]), default=None)
        hit = best is not None and overlap(box, true[best]) > MIN_IOU
        left -= {best} if hit else set()
        hits.append(hit)
    return hits


def overlap(one: Box, other: Box) -> float:
    """Return intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0, width) * max(0, height)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return both / (areas - both)


def measure(figures: int, singles: int, seed: int) -> Scores:
    """Cut generated figures and single pictures both ways, and count what is right."""
    if seed < 1000:
        raise SystemExit("seeds below 1000 were used to choose the thresholds")
    pool, scores = Pool(seed), Scores()
    for figure in _pictures(LOOKS, make_figure, figures, seed, pool):
        hits, panels = _cut(figure, scores)
        if len(panels) > 1:
            scores.sure += zip((panel.confidence for panel in panels), hits, strict=True)
        if figure.letters and all(hits) and len(panels) == len(figure.boxes):
            start = time.process_time()
            told = match_letters(figure.pixels, panels, "".join(sorted(figure.letters.lower())))
            scores.letters_cpu_s += time.process_time() - start
            scores.lettered += 1
            scores.letters += len(panels)
            true = {
                box: letter.lower()
                for box, letter in zip(figure.boxes, figure.letters, strict=True)
            }
            for panel in told or []:
                best = max(true, key=lambda box, panel=panel: overlap(panel.box, box))
                scores.letters_right += panel.letter == true[best]
                scores.letters_wrong += panel.letter not in (None, true[best])
    for figure in _pictures(SINGLES, make_single, singles, seed, pool):
        _, panels = _cut(figure, scores)
        if len(panels) > 1:
            scores.sure += [(panel.confidence, False) for panel in panels]
    return scores


def _pictures(
    looks: dict, make: Callable[..., Figure], each: int, seed: int, pool: Pool
) -> Iterator[Figure]:
    for look in looks:
        for number in range(each):
            yield make(seed, number, look, pool)


def _cut(figure: Figure, scores: Scores) -> tuple[list[bool], list[Panel]]:
    start = time.process_time()
    panels = split_panels(figure.pixels)
    scores.cpu_s += time.process_time() - start
    scores.plain[figure.look].add(figure, cut_at_gutters(figure.pixels))
    return scores.ours[figure.look].add(figure, [panel.box for panel in panels]), panels


def summary(scores: Scores) -> dict[str, float]:
    """Return the numbers that the goals are about."""
    told: dict[str, float] = {}
    for name, tallies in (("", scores.ours), ("plain_", scores.plain)):
        compound = [tally for look, tally in tallies.items() if look in LOOKS]
        alone = [tally for look, tally in tallies.items() if look in SINGLES]
        right = sum(tally.right for tally in compound)
        told[f"{name}precision"] = right / max(1, sum(tally.found for tally in compound))
        told[f"{name}recall"] = right / max(1, sum(tally.true for tally in compound))
        told[f"{name}false_split_rate"] = sum(tally.cut for tally in alone) / max(
            1, sum(tally.figures for tally in alone)
        )
    n = sum(tally.figures for tally in scores.ours.values())
    told["letters_matched_share"] = scores.letters_right / max(1, scores.letters)
    told["letters_wrong_share"] = scores.letters_wrong / max(1, scores.letters)
    told["cpu_ms_per_figure"] = 1000 * scores.cpu_s / n
    told["cpu_ms_letters"] = 1000 * scores.letters_cpu_s / max(1, scores.lettered)
    return {key: round(value, 4) for key, value in told.items()}


def print_table(scores: Scores) -> None:
    """Print a line per look, and how often panels were right by how sure they were."""
    print(f"{'':24}{'figures':>8}{'precision':>10}{'recall':>8}{'exact':>7}   plain cut: P, R")
    for look in LOOKS:
        ours, plain = scores.ours[look], scores.plain[look]
        print(
            f"{look:24}{ours.figures:8}{ours.precision:10.3f}{ours.recall:8.3f}{ours.exact:7}"
            f"   {plain.precision:.3f}, {plain.recall:.3f}"
        )
    print(f"\n{'single pictures':24}{'pictures':>8}{'cut':>6}   plain cut")
    for look in SINGLES:
        ours, plain = scores.ours[look], scores.plain[look]
        print(f"{look:24}{ours.figures:8}{ours.cut:6}   {plain.cut}")
    print(f"\n{'confidence':24}{'panels':>8}{'right':>8}")
    for level in sorted({sure for sure, _ in scores.sure}):
        hits = [hit for sure, hit in scores.sure if sure == level]
        print(f"{level:<24}{len(hits):8}{sum(hits) / len(hits):8.3f}")
    print()


def main() -> None:
    """Print a table, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--figures", type=int, default=40, help="of each look")
    options.add_argument("--singles", type=int, default=24, help="of each look")
    options.add_argument("--seed", type=int, default=7002)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    cv2.setNumThreads(1)
    scores = measure(chosen.figures, chosen.singles, chosen.seed)
    if chosen.json:
        print(json.dumps(summary(scores)))
        return
    print_table(scores)
    for name, value in summary(scores).items():
        print(f"{name:>24}  {value}")


if __name__ == "__main__":
    main()
