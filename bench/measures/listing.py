"""How much memory a long listing takes: a dataset of many records, in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

CATALOG = Path(__file__).parents[2] / "data_catalog.yaml"
ROOT = Path(__file__).parents[2]
_HEAD = "lesion_id,image_id,dx,dx_type,age,sex,localization\n"

FEW, MANY = 1_000, 100_000


def measure_listing() -> dict[str, float]:
    """Return the peak memory (megabytes, 10^6 bytes) of listing many records, and of few.

    What few take is the interpreter and its libraries.
    """
    few, many = _listed(FEW), _listed(MANY)
    return {
        "listed": MANY,
        "listed_per_s": MANY / many["seconds"],
        "peak_mb": many["peak_mb"],
        "peak_mb_of_1000": few["peak_mb"],
    }


def _listed(n_items: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.measures.listing", folder, str(n_items)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        told: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
        return told


def _list(folder: Path, n_items: int) -> dict[str, float]:
    from pipeline.work import Place, do, listing

    copy = folder / "copy"
    copy.mkdir()
    with (copy / "HAM10000_metadata.csv").open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        for n in range(n_items):
            file.write(f"HAM_{n // 2:07d},ISIC_{n:07d},nv,histo,45.0,male,back\n")
    document = yaml.safe_load(CATALOG.read_text("utf-8"))
    changed = {"enabled": True, "path": str(copy), "expect": {}}
    document["sources"]["ham10000"] |= changed
    catalog = folder / "data_catalog.yaml"
    catalog.write_text(yaml.safe_dump(document), "utf-8")
    began = time.perf_counter()
    told = do(listing("ham10000", "2026-01-01"), Place(str(folder), str(catalog), "bench"))
    assert told["items"]["ok"] == n_items, told
    seconds = time.perf_counter() - began
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "peak_mb": peak_kib * 1024 / 1e6}


if __name__ == "__main__":
    print(json.dumps(_list(Path(sys.argv[1]), int(sys.argv[2]))))
