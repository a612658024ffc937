"""What Prefect costs: the same empty partitions one by one as a library, and as tasks of a flow.

python bench/prefect_overhead.py [--partitions 200] [--json]
"""

from __future__ import annotations

import argparse
import atexit
import json
import shutil
import tempfile
import time
from pathlib import Path

CATALOG = Path(__file__).parents[1] / "data_catalog.yaml"


def prepare(workspace: str, n: int) -> list:
    """Write empty image partitions, each with the manifest of an extraction."""
    from pipeline.store import Manifest, Partition, Workspace
    from pipeline.store.manifest import Output
    from schemas import IMAGES

    store = Workspace(workspace)
    store.write_listing("pubmed", "2026-01-01", {"n_partitions": n, "n_items": 0})
    partitions = [Partition("pubmed", "2026-01-01", index) for index in range(n)]
    for partition in partitions:
        digest = store.write_table(IMAGES, IMAGES.empty(), partition)
        output = {"images": Output(digest, 0, {})}
        store.write_manifest(
            Manifest("extract", 1, str(partition), digest, {}, {}, output), partition
        )
    return partitions


def measure(n: int) -> dict[str, float]:
    """Return seconds for importing Prefect, its server, and n partitions both ways."""
    from flows.cli.prefect_setting import prepare_prefect
    from pipeline.walk import one_by_one
    from pipeline.work import Place, Work

    folder = tempfile.mkdtemp()
    # registered before Prefect is imported, so that it runs after Prefect has stopped its server
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    seconds = {}
    plain, driven = f"{folder}/plain", f"{folder}/driven"
    works = [Work("fingerprint", (each,)) for each in prepare(plain, n)]
    prepare(driven, n)
    start = time.perf_counter()
    assert not one_by_one(works, Place(plain, str(CATALOG), "bench"))
    seconds["library_s"] = time.perf_counter() - start

    prepare_prefect(folder, verbose=False)
    start = time.perf_counter()
    from prefect import flow
    from prefect.task_runners import ThreadPoolTaskRunner

    from flows.execute import as_tasks

    seconds["import_s"] = time.perf_counter() - start

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def drive(chosen: list) -> int:
        return len(as_tasks(chosen, Place(driven, str(CATALOG), "bench")))

    start = time.perf_counter()
    assert drive([]) == 0
    seconds["server_s"] = time.perf_counter() - start
    start = time.perf_counter()
    assert drive(works) == 0
    seconds["flow_s"] = time.perf_counter() - start
    seconds["overhead_ms_per_task"] = 1000 * (seconds["flow_s"] - seconds["library_s"]) / n
    time.sleep(3)  # the server still records the last tasks
    return {name: round(value, 3) for name, value in seconds.items()}


def main() -> None:
    """Print a table, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--partitions", type=int, default=200)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    told = {"partitions": chosen.partitions, **measure(chosen.partitions)}
    if chosen.json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name:>22}  {value}")


if __name__ == "__main__":
    main()
