"""Kill the demo at many moments, finish it, and compare its release with one never killed.

    python bench/kills.py [--kills 10] [--json]

The moments are spread over the work: the n-th kill comes when the workspace holds the n-th share of
all the files that an undisturbed run leaves.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "flows.cli"]
LIMIT_S = 600


def demo(workspace: Path) -> list[str]:
    """Return the command line of the demo in a workspace."""
    return [*COMMAND, "demo", "--workspace", str(workspace)]


def n_files(workspace: Path) -> int:
    """Count what the work leaves: tables, manifests, journals, blobs, released files."""
    kinds = ("tables", "manifests", "journals", "media", "releases")
    return sum(len(files) for kind in kinds for _, _, files in os.walk(workspace / kind))


def kill_at(workspace: Path, count: int) -> bool:
    """Run the demo and kill it, and all it started, once so many files stand; false if it ended."""
    running = subprocess.Popen(
        demo(workspace),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + LIMIT_S
    while running.poll() is None and time.monotonic() < end:
        if n_files(workspace) >= count:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            return True
        time.sleep(0.02)
    return False


def sums(workspace: Path) -> str:
    """Return the release's SHA256SUMS."""
    (found,) = sorted((workspace / "releases").glob("*/*/SHA256SUMS"))
    return found.read_text()


def main() -> None:
    """Print a table, or one JSON object; exit with 1 if the releases differ."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        calm, killed = Path(folder) / "calm", Path(folder) / "killed"
        start = time.monotonic()
        subprocess.run(demo(calm), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        calm_s = time.monotonic() - start
        total = n_files(calm)
        moments = [total * n // (chosen.kills + 1) for n in range(1, chosen.kills + 1)]
        kills = [n_files(killed) for moment in moments if kill_at(killed, moment)]
        subprocess.run(
            demo(killed), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        equal = sums(calm) == sums(killed)
    told = {
        "files": total,
        "undisturbed_s": round(calm_s, 1),
        "kills": len(kills),
        "killed_at_files": kills,
        "same_sha256sums": equal,
    }
    if chosen.json:
        print(json.dumps(told))
    else:
        for name, value in told.items():
            print(f"{name:>18}  {value}")
    sys.exit(0 if equal and len(kills) == chosen.kills else 1)


if __name__ == "__main__":
    main()
