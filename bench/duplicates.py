"""The complete near-duplicate join, and the stage around it, at sizes that grow.

Hashes are uniform with planted neighbours, or clustered so that there are millions of true pairs.
Each measurement runs in a process of its own, whose peak memory is told beside its seconds; faiss
and imagededup run in an environment of their own under build/, at the sizes they manage.

python bench/duplicates.py [--no-rivals] [--no-stage] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
RIVALS = ROOT / "build" / "dedup-rivals"
PLANTED = 2000
GROWTH = (100_000, 300_000, 1_000_000, 2_000_000, 4_000_000)


def uniform(count: int, distance: int, seed: int = 7) -> np.ndarray:
    """Return random hashes; row n < 2000 and row count/2 + n differ in exactly `distance` bits."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    for row in range(PLANTED):
        flipped = rng.permutation(64)[:distance].astype(np.uint64)
        apart = np.bitwise_or.reduce(np.uint64(1) << flipped)
        hashes[count // 2 + row] = hashes[row] ^ apart
    return hashes


def clustered(count: int, seed: int = 8) -> np.ndarray:
    """Return hashes in groups of 20 around random ones, each 0 to 3 flipped bits away."""
    rng = np.random.default_rng(seed)
    hashes = np.repeat(rng.integers(0, 2**64, count // 20, dtype=np.uint64), 20)
    for flips in range(3):
        bits = np.uint64(1) << rng.integers(0, 64, len(hashes)).astype(np.uint64)
        hashes ^= np.where(rng.random(len(hashes)) < 0.6 - 0.1 * flips, bits, np.uint64(0))
    return hashes


def join(count: int, distance: int) -> dict[str, float]:
    """Time the join of uniform hashes, and tell how many planted pairs it found."""
    from pipeline.images.neighbours import near_pairs

    hashes = uniform(count, distance)
    near_pairs(hashes[:5000], distance)  # what is imported and allocated once
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, spent = time.perf_counter(), time.process_time()
    pairs = near_pairs(hashes, distance)
    told = {"s": time.perf_counter() - start, "cpu_s": time.process_time() - spent}
    found = {(int(one), int(other)) for one, other in pairs if one < PLANTED}
    told["recall"] = sum((row, count // 2 + row) in found for row in range(PLANTED)) / PLANTED
    return told | {"pairs": float(len(pairs)), "idle_mb": idle / 1024}


def components(count: int, distance: int) -> dict[str, float]:
    """Time the components of clustered hashes; what brute force links must lie in one."""
    from pipeline.images.candidates import Components
    from pipeline.images.neighbours import visit_pairs

    hashes = clustered(count)
    start, spent = time.perf_counter(), time.process_time()
    values, place = np.unique(hashes, return_inverse=True)
    found = Components(len(values))
    told_pairs: list[int] = []

    def visit(pairs: np.ndarray) -> None:
        told_pairs.append(len(pairs))
        found.add(pairs)

    visit_pairs(values, distance, visit)
    labels = found.labels()[place]
    told = {"s": time.perf_counter() - start, "cpu_s": time.process_time() - spent}
    groups = hashes.reshape(-1, 20)
    linked = np.bitwise_count(groups[:, :, None] ^ groups[:, None]) <= distance
    same = labels.reshape(-1, 20)
    same = same[:, :, None] == same[:, None]
    told["recall"] = float((linked & same).sum() / linked.sum())
    copies = np.bincount(place)
    told["true_pairs"] = float(sum(told_pairs) + (copies * (copies - 1) // 2).sum())
    return told


def extend(count: int, distance: int) -> dict[str, float]:
    """Time the join of one new percent with what is known of the rest."""
    from pipeline.images.neighbours import extend_pairs, near_pairs

    hashes = uniform(count, distance)
    n_known = count - count // 100
    known = near_pairs(hashes[:n_known], distance)
    start, spent = time.perf_counter(), time.process_time()
    extended = extend_pairs(known, hashes, n_known, distance)
    told = {"s": time.perf_counter() - start, "cpu_s": time.process_time() - spent}
    return told | {"recall": float(np.array_equal(extended, near_pairs(hashes, distance)))}


def stage(count: int, _distance: int) -> dict[str, float]:
    """Time the whole stage `deduplicate`, with views, on rows of which 2 % are copies."""
    from copies.rows import run_stage

    return run_stage(count)


def faiss(count: int, distance: int) -> dict[str, float]:
    """Time the range search of faiss over all hashes, with two threads."""
    import faiss as library

    library.omp_set_num_threads(2)
    codes = uniform(count, distance).view(np.uint8).reshape(-1, 8)
    start, spent = time.perf_counter(), time.process_time()
    index = library.IndexBinaryFlat(64)
    index.add(codes)
    starts, _, found = index.range_search(codes, distance + 1)  # it leaves out the radius itself
    told = {"s": time.perf_counter() - start, "cpu_s": time.process_time() - spent}
    hits = sum(count // 2 + row in found[starts[row] : starts[row + 1]] for row in range(PLANTED))
    return told | {"recall": hits / PLANTED}


def imagededup(count: int, distance: int) -> dict[str, float]:
    """Time the brute force in Cython that imagededup uses by default, with two processes."""
    from imagededup.handlers.search.brute_force_cython import BruteForceCython

    def apart(one: str, other: str) -> int:
        return (int(one, 16) ^ int(other, 16)).bit_count()

    hashes = {f"{row}": f"{value:016x}" for row, value in enumerate(uniform(count, distance))}
    start, spent = time.perf_counter(), time.process_time()
    search = BruteForceCython(hashes, apart)
    hits = sum(
        any(name == f"{count // 2 + row}" for name, _ in search.search(hashes[f"{row}"], distance))
        for row in range(count)
        if row < PLANTED
    )
    share = min(count, PLANTED) / count
    told = {"s": (time.perf_counter() - start) / share, "cpu_s": time.process_time() - spent}
    return told | {"recall": hits / PLANTED}


WAYS = {each.__name__: each for each in (join, components, extend, stage, faiss, imagededup)}


def alone(way: str, count: int, distance: int, python: Path | str = sys.executable) -> dict:
    """Run one way in a process of its own."""
    command = [str(python), str(Path(__file__)), "--one", way, str(count), str(distance)]
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'bench'}"}
    answer = subprocess.run(
        command, env=os.environ | paths, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        return {"fault": answer.stderr.strip().splitlines()[-1] if answer.stderr else "killed"}
    return dict(json.loads(answer.stdout))


def make_rivals() -> Path | None:
    """Make the environment of faiss and imagededup when it is missing; null if that fails."""
    python = RIVALS / "bin" / "python"
    if python.exists():
        return python
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", str(RIVALS)],
        [*pip, "faiss-cpu", "numpy", "pillow", "tqdm"],
        [*pip, "--no-deps", "imagededup"],  # its neural models are not wanted
    ):
        if subprocess.run(command, check=False).returncode:
            return None
    return python


def plans(*, rivals: bool, whole: bool) -> list[tuple[str, int, int, Path | str]]:
    """Return what is measured: the way, the number of hashes, the distance, the interpreter."""
    ours = sys.executable
    found: list[tuple[str, int, int, Path | str]] = []
    found += [("join", count, distance, ours) for distance in (4, 8) for count in GROWTH]
    found += [("components", 1_000_000, 4, ours), ("components", 1_000_000, 8, ours)]
    found += [("extend", 1_000_000, 8, ours)]
    if whole:
        found += [("stage", count, 8, ours) for count in (100_000, 1_000_000)]
    python = make_rivals() if rivals else None
    if python is not None:
        found += [("faiss", 10_000, 4, python), ("faiss", 100_000, 4, python)]
        found += [("imagededup", 10_000, 4, python)]
    return found


def main() -> None:
    """Print a table, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--no-rivals", action="store_true")
    options.add_argument("--no-stage", action="store_true")
    options.add_argument("--json", action="store_true")
    options.add_argument("--one", nargs=3, metavar=("WAY", "COUNT", "DISTANCE"))
    chosen = options.parse_args()
    if chosen.one:
        way, count, distance = chosen.one
        told = WAYS[way](int(count), int(distance))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(told | {"peak_mb": peak}))
        return
    rows = []
    for way, count, distance, python in plans(
        rivals=not chosen.no_rivals, whole=not chosen.no_stage
    ):
        rows.append((way, count, distance, alone(way, count, distance, python)))
        if not chosen.json:
            print_row(*rows[-1], is_first=len(rows) == 1)
    if chosen.json:
        print(json.dumps(summary(rows)))


def print_row(way: str, count: int, distance: int, told: dict, *, is_first: bool) -> None:
    """Print one measurement."""
    if is_first:
        print(f"{'':12}{'hashes':>10}  d {'wall s':>9} {'CPU s':>9} {'recall':>8} {'peak MB':>8}")
    if "fault" in told:
        print(f"{way:12}{count:10}{distance:3}  {told['fault'][:70]}")
        return
    print(
        f"{way:12}{count:10}{distance:3} {told['s']:9.2f} {told['cpu_s']:9.2f}"
        f" {told['recall']:8.4f} {told['peak_mb']:8.0f}"
        + (f"  {told['true_pairs']:,.0f} true pairs" if "true_pairs" in told else ""),
        flush=True,
    )


def summary(rows: list[tuple[str, int, int, dict]]) -> dict:
    """Return the object that is printed: the named numbers, and all measurements."""
    found = {(way, count, distance): told for way, count, distance, told in rows}
    four, eight = (found["join", 1_000_000, distance] for distance in (4, 8))
    crowd = found["components", 1_000_000, 4]
    told = {
        "uniform_d4_s": four["s"],
        "uniform_d8_s": eight["s"],
        "clustered_s": crowd["s"],
        "recall": min(each["recall"] for each in (four, eight, crowd)),
        "peak_mb": max(each["peak_mb"] for each in (four, eight, crowd)),
    }
    return told | {
        "measured": [
            {"way": way, "hashes": count, "distance": distance} | each
            for way, count, distance, each in rows
        ]
    }


if __name__ == "__main__":
    main()
