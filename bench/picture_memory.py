"""Peak memory of every picture stage, on generated pictures of 2 megapixels, with two workers.

    python bench/picture_memory.py [--pictures 2000] [--json]

Each stage runs in a process of its own, through the walk that `dermcurate curate` takes: first on
a quarter of the pictures, then on all, so that what grows with their number shows. The claim of
1.5 GB is about `--pictures 20000`, which takes two cores an hour and the disk 40 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
CATALOG = ROOT / "data_catalog.yaml"
SOURCE, SNAPSHOT = "ham10000", "2026-01-01"
STAGES = ("extract", "fingerprint", "deduplicate", "screen")
PARTITION_ITEMS = 250
WORKERS = 2
LIMIT_MB = 1500
WIDTH, HEIGHT = 1600, 1250
N_DRAWN = 24
COPY_EVERY = 20  # one in so many is an earlier picture, saved again


class Album:
    """Any number of different pictures, made quickly from a few drawn ones."""

    def __init__(self) -> None:
        import cv2
        import numpy as np

        from pipeline.demo.diseases import DISEASES
        from pipeline.demo.pictures import generator
        from pipeline.demo.skin import draw_skin

        self._cv2, self._np = cv2, np
        names = sorted(DISEASES)
        self._drawn = [
            cv2.resize(
                draw_skin(
                    generator(7, f"album {n}"),
                    DISEASES[names[n % len(names)]].recipe,
                    1 + n % 6,
                    WIDTH // 2,
                    HEIGHT // 2,
                ),
                (WIDTH, HEIGHT),
                interpolation=cv2.INTER_CUBIC,
            )
            for n in range(N_DRAWN)
        ]

    def picture(self, number: int) -> bytes:
        """Return a JPEG: two drawn pictures, shifted and mixed."""
        cv2, np = self._cv2, self._np
        quality = 88
        if number % COPY_EVERY == COPY_EVERY - 1:
            number, quality = number - 7, 75
        rng = np.random.default_rng(number)
        one, other = (self._drawn[each] for each in rng.choice(N_DRAWN, 2, replace=False))
        down, across = int(rng.integers(HEIGHT)), int(rng.integers(WIDTH))
        share = float(rng.uniform(0.3, 0.7))
        mixed = cv2.addWeighted(np.roll(one, (down, across), (0, 1)), share, other, 1 - share, 0)
        _, content = cv2.imencode(".jpg", mixed, (cv2.IMWRITE_JPEG_QUALITY, quality))
        return bytes(content)


def generate(folder: Path, n_pictures: int) -> None:
    """Write a workspace that stands as it does once a dataset has been collected."""
    from pipeline.store import Manifest, Partition, Workspace
    from pipeline.store.manifest import Output
    from schemas import ITEMS, MEDIA

    workspace, album = Workspace(folder), Album()
    for index in range(-(-n_pictures // PARTITION_ITEMS)):
        first = index * PARTITION_ITEMS
        numbers = range(first, min(first + PARTITION_ITEMS, n_pictures))
        with ThreadPoolExecutor(WORKERS) as pool:
            stored = list(pool.map(lambda n: workspace.media.put(album.picture(n), "jpg"), numbers))
        partition = Partition(SOURCE, SNAPSHOT, index)
        files = [_file(n, sha256) for n, sha256 in zip(numbers, stored, strict=True)]
        for contract, told in ((ITEMS, [_item(n) for n in numbers]), (MEDIA, files)):
            table = contract.table(told)
            digest = workspace.write_table(contract, table, partition)
            outputs = {contract.name: Output(digest, table.num_rows, {})}
            stage = contract.written_by
            workspace.write_manifest(
                Manifest(stage, 1, str(partition), digest, {}, {}, outputs), partition
            )


def _item(number: int) -> dict[str, object]:
    facts = {"diagnosis": "melanocytic nevus", "age": str(20 + number % 60), "sex": "female"}
    return {
        "item_id": f"{SOURCE}:{number:07d}",
        "source_id": SOURCE,
        "source_key": f"{number:07d}",
        "page_url": "https://example.org/",
        "licence_tier": "open",
        "collected_at": datetime(2026, 1, 1, tzinfo=UTC),
        "group_key": f"{SOURCE}:{number:07d}",
        "listed_sha256": "0" * 64,
        "details": json.dumps({"facts": facts}),
        "status": "ok",
    }


def _file(number: int, sha256: str) -> dict[str, object]:
    return {
        "media_id": f"{SOURCE}:{number:07d}!{number:07d}.jpg",
        "item_id": f"{SOURCE}:{number:07d}",
        "listed_sha256": "0" * 64,
        "role": "picture",
        "name": f"{number:07d}.jpg",
        "url": f"dataset:{number:07d}.jpg",
        "sha256": sha256,
        "retrieved_at": datetime(2026, 1, 1, tzinfo=UTC),
        "collector": "dataset",
        "collector_version": 2,
        "status": "ok",
    }


def run_stage(folder: Path, name: str) -> dict[str, float]:
    """Do one stage on all listed partitions with two workers; return peak memory and seconds."""
    from pipeline.execution import Failure, latest_partitions, run_stages
    from pipeline.stages import stage_named
    from pipeline.work import Place, Work, do, open_run

    def two_at_once(works: Sequence[Work], place: Place) -> list[Failure]:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda work: do(work, place), works))
        return []

    place = Place(str(folder), str(CATALOG), "bench")
    partitions = latest_partitions(open_run(place), [SOURCE])
    start = time.perf_counter()
    run_stages((stage_named(name),), partitions, place, two_at_once)
    return {"peak_mb": peak_mb(), "seconds": round(time.perf_counter() - start, 1)}


def peak_mb() -> int:
    """Return this process's highest memory in use so far, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # a child takes over its parent's ru_maxrss, but not this
        return int(status.read_text().split("VmHWM:")[1].split()[0]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20


def measure(n_pictures: int) -> dict[str, object]:
    """Return, for every stage, the peak on a quarter of the pictures and on all, and seconds."""
    from pipeline.store import Workspace

    told: dict[str, dict[str, float]] = {name: {} for name in STAGES}
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as temporary:
        folder = Path(temporary) / "workspace"
        start = time.perf_counter()
        generate(folder, n_pictures)
        generated_s = round(time.perf_counter() - start, 1)
        n_partitions = -(-n_pictures // PARTITION_ITEMS)
        for share, n in (("quarter", max(1, n_partitions // 4)), ("all", n_partitions)):
            record = {"n_partitions": n, "n_items": n * PARTITION_ITEMS}
            Workspace(folder).write_listing(SOURCE, SNAPSHOT, record)
            for name in STAGES:
                found = _in_child(folder, name)
                told[name][f"{share}_mb"] = found["peak_mb"]
                told[name]["seconds"] = told[name].get("seconds", 0) + found["seconds"]
    peak = max(each["all_mb"] for each in told.values())
    return {
        "pictures": n_pictures,
        "megapixels": round(WIDTH * HEIGHT / 1e6, 1),
        "workers": WORKERS,
        "generated_s": generated_s,
        "stages": told,
        "peak_mb": peak,
        "under_limit": peak < LIMIT_MB,
    }


def _in_child(folder: Path, name: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--stage", name, "--workspace", str(folder)]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def main() -> None:
    """Print a table, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", type=int, default=2000)
    options.add_argument("--json", action="store_true")
    options.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    options.add_argument("--workspace", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.stage:
        print(json.dumps(run_stage(chosen.workspace, chosen.stage)))
        return
    told = measure(chosen.pictures)
    if chosen.json:
        print(json.dumps(told))
        return
    print(f"{told['pictures']:,} pictures of {told['megapixels']} megapixels, two workers")
    print(f"{'stage':>12}  {'a quarter':>10}  {'all':>8}  {'growth':>8}  {'seconds':>8}")
    for name, each in told["stages"].items():
        growth = each["all_mb"] - each["quarter_mb"]
        cells = f"{each['quarter_mb']:>7} MB  {each['all_mb']:>5} MB  {growth:>+5} MB"
        print(f"{name:>12}  {cells}  {each['seconds']:>8.1f}")
    verdict = "under" if told["under_limit"] else "OVER"
    print(f"peak {told['peak_mb']} MB, {verdict} the limit of {LIMIT_MB} MB")


if __name__ == "__main__":
    main()
