"""How well changed copies are found, beside pHash alone at 4, 8 and 12 bits.

Generated pictures are changed as people change them, and pairs that only look alike are drawn
beside them. Thresholds were tuned on seed 1; the table is of other seeds.

python bench/dedup_quality.py [--pictures 40] [--seeds 101,102] [--json]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from copies.pictures import CHANGES, LOOKALIKES, changed, original

from pipeline.demo.pictures import generator
from pipeline.images.candidates import find_components
from pipeline.images.decode import encode_picture
from pipeline.images.fingerprint import fingerprint_pixels
from pipeline.images.prints import Prints
from pipeline.images.sameness import Sameness
from pipeline.images.srgb import Pixels
from pipeline.picture_entries import Screening
from pipeline.store import Workspace
from schemas import FINGERPRINTS

ALONE = (4, 8, 12)


@dataclass
class Pairs:
    """Pairs of pictures of one kind; the members of pair n are rows 2n and 2n + 1."""

    prints: list[dict] = field(default_factory=list)
    blobs: list[str] = field(default_factory=list)


def draw_pairs(kind: str, seed: int, count: int) -> Iterator[tuple[Pixels, Pixels]]:
    """Draw the pairs of a kind: of a change, or of look-alikes."""
    for number in range(count):
        if kind in LOOKALIKES:
            yield LOOKALIKES[kind](seed, number)
            continue
        first = original(seed, number)
        yield first, changed(kind, first, generator(seed, f"{kind} {number}"))


def judge(kind: str, seed: int, count: int) -> dict[str, int]:
    """Return how many pairs of a kind are called one picture, by us and by pHash alone."""
    pairs = Pairs()
    with tempfile.TemporaryDirectory() as folder:
        media = Workspace(folder).media
        for pair in draw_pairs(kind, seed, count):
            for pixels in pair:
                found = fingerprint_pixels(np.ascontiguousarray(pixels))
                found |= {"image_id": f"{len(pairs.prints)}", "status": "ok"}
                pairs.prints.append(found)
                pairs.blobs.append(media.put(encode_picture(pixels), "jpg"))
        table = FINGERPRINTS.table(pairs.prints)
        prints = Prints.of(table, pa.chunked_array([pa.array(pairs.blobs)]))
        options = Screening().model_dump(mode="json")
        sameness = Sameness(prints, media, options)
        labels = find_components(prints.phashes, prints.views, options["candidate_distance"])
        told = {"ours": 0, **{f"phash {bits}": 0 for bits in ALONE}}
        for row in range(0, 2 * count, 2):
            hung = labels[row] == labels[row + 1]
            told["ours"] += hung and sameness.test(row, row + 1) is not None
            apart = int(np.bitwise_count(prints.phashes[row] ^ prints.phashes[row + 1]))
            for bits in ALONE:
                told[f"phash {bits}"] += apart <= bits
    return told


def measure(seeds: list[int], count: int) -> dict[str, dict[str, int]]:
    """Return for each kind how many pairs were called one picture, all seeds together."""
    totals: dict[str, dict[str, int]] = {}
    for kind in (*CHANGES, *LOOKALIKES):
        totals[kind] = {}
        for seed in seeds:
            for name, found in judge(kind, seed, count).items():
                totals[kind][name] = totals[kind].get(name, 0) + found
    return totals


def rates(totals: dict[str, dict[str, int]], name: str, pairs: int) -> tuple[float, float]:
    """Return precision and recall of one way, all changes and look-alikes counting alike."""
    right = sum(totals[kind][name] for kind in CHANGES)
    wrong = sum(totals[kind][name] for kind in LOOKALIKES)
    return right / max(1, right + wrong), right / (pairs * len(CHANGES))


def main() -> None:
    """Print a table, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", type=int, default=40)
    options.add_argument("--seeds", default="101,102")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    seeds = [int(each) for each in chosen.seeds.split(",")]
    pairs = len(seeds) * chosen.pictures
    totals = measure(seeds, chosen.pictures)
    ours = rates(totals, "ours", pairs)
    alone = {bits: rates(totals, f"phash {bits}", pairs) for bits in ALONE}
    if chosen.json:
        told = {"precision": ours[0], "recall": ours[1]}
        told |= {
            "phash_alone_precision": {str(bits): alone[bits][0] for bits in ALONE},
            "phash_alone_recall": {str(bits): alone[bits][1] for bits in ALONE},
            "kinds": {
                kind: {name: found / pairs for name, found in each.items()}
                for kind, each in totals.items()
            },
        }
        print(json.dumps(told))
        return
    print(f"share of {pairs} pairs that are called one picture")
    names = ["ours", *(f"phash {bits}" for bits in ALONE)]
    print(f"{'':28}", *(f"{name:>9}" for name in names))
    for kind, each in totals.items():
        sign = "=" if kind in CHANGES else "!"
        print(f"{sign} {kind:26}", *(f"{each[name] / pairs:9.3f}" for name in names))
    for title, place in (("precision", 0), ("recall", 1)):
        row = [ours[place], *(alone[bits][place] for bits in ALONE)]
        print(f"  {title:26}", *(f"{value:9.3f}" for value in row))


if __name__ == "__main__":
    main()
