"""Scenes of generated lectures with known truth, beside PySceneDetect and OpenCV.

    python bench/scenes.py [--json] [--seeds 101 102] [--seconds 45]

The videos are drawn once, under build/bench/scenes. A boundary is right within two frames of a cut,
or of the span of a dissolve or fade. A scene is covered by a frame past its transition that shows
all that it comes to show; of the others' scenes it is the middle frame. CPU seconds are those of
finding the scenes, threads included; reading our representatives is told apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from measures.scene_scores import Score, score_scenes
from measures.scene_videos import ENCODINGS, read_truth, write_video

from pipeline.extract.scenes import find_scenes
from pipeline.extract.video import read_frames

RIVAL = "scenedetect-headless==0.7.2"
HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "bench"
TEST_SEEDS = (101, 102)  # thresholds were chosen on 1, 2 and 3
NAMES = {
    "ours": "dermcurate, full",
    "triage": "dermcurate, key frames",
    "content": "PySceneDetect, content",
    "adaptive": "PySceneDetect, adaptive",
    "opencv": "OpenCV, mean difference",
}


class Rival:
    """PySceneDetect in its own environment, which is made when it is missing."""

    def __enter__(self) -> Rival:
        """Start it."""
        home = BUILD / RIVAL.replace("==", "-")
        python = home / "bin" / "python"
        if not (home / "ready").exists():
            venv.create(home, with_pip=True, clear=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, RIVAL], check=True, stdout=sys.stderr)
            (home / "ready").touch()
        self._process = subprocess.Popen(
            [str(python), str(HERE / "measures" / "scenes_rival.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.communicate()

    def find(self, method: str, path: Path) -> dict[str, Any]:
        """Return starts, end and seconds of a video."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{method} {path}\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


def middles(starts: Sequence[float], end_s: float) -> list[float]:
    """Return the middle of each scene."""
    return [(one + other) / 2 for one, other in pairwise([0.0, *starts, end_s])]


def measure(seeds: Sequence[int], seconds: float) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a row per method and video, and the totals of each method."""
    rows: list[dict[str, Any]] = []
    with Rival() as rival:
        for seed in seeds:
            for encoding in ENCODINGS:
                path = write_video(BUILD / "scenes", encoding, seed, seconds)
                for method in NAMES:
                    found = _find(method, path, rival)
                    score = score_scenes(
                        read_truth(path), found["starts"], found["shown"], 1 / encoding.rate
                    )
                    rows.append({"video": encoding.name, "seed": seed, "method": method})
                    rows[-1] |= {"score": score, "cpu_s": found["cpu_s"]}
                    rows[-1] |= {"frames_s": found.get("frames_s", 0.0)}
    totals = {
        method: {
            "score": sum((r["score"] for r in rows if r["method"] == method), Score()),
            "cpu_s": sum(r["cpu_s"] for r in rows if r["method"] == method),
            "frames_s": sum(r["frames_s"] for r in rows if r["method"] == method),
        }
        for method in NAMES
    }
    return rows, totals


def _find(method: str, path: Path, rival: Rival) -> dict[str, Any]:
    if method in ("ours", "triage"):
        began = time.process_time()
        scenes = find_scenes(path, "full" if method == "ours" else "triage")
        found = time.process_time()
        shown = [scene.representative_s for scene in scenes]
        n_read = sum(1 for _ in read_frames(path, shown))
        assert n_read == len(scenes)
        return {
            "starts": [scene.start_s for scene in scenes[1:]],
            "shown": shown,
            "cpu_s": found - began,
            "frames_s": time.process_time() - found,
        }
    told = rival.find(method, path)
    return told | {"shown": middles(told["starts"], told["end_s"])}


def _line(name: str, score: Score, cpu_s: float) -> str:
    return (
        f"{name:26} {score.precision:9.3f} {score.recall:7.3f} {score.coverage:9.3f} "
        f"{score.n_right:4d}/{score.n_true:<4d} {cpu_s:7.1f}"
    )


def main() -> None:
    """Print a table per method, and ours per video; or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--seeds", type=int, nargs="+", default=TEST_SEEDS)
    options.add_argument("--seconds", type=float, default=45.0)
    chosen = options.parse_args()
    rows, totals = measure(chosen.seeds, chosen.seconds)
    ours, theirs = totals["ours"], totals["content"]
    told = {
        "precision": round(ours["score"].precision, 4),
        "recall": round(ours["score"].recall, 4),
        "coverage": round(ours["score"].coverage, 4),
        "cpu_ratio": round(ours["cpu_s"] / theirs["cpu_s"], 3),
        "frames_cpu_s": round(ours["frames_s"], 2),
        "boundaries": ours["score"].n_true,
        "triage_recall": round(totals["triage"]["score"].recall, 4),
        "triage_cpu_ratio": round(totals["triage"]["cpu_s"] / theirs["cpu_s"], 3),
    }
    if chosen.json:
        print(json.dumps(told))
        return
    print(f"{'':26} precision  recall  coverage  right/true   CPU s")
    for method, total in totals.items():
        print(_line(NAMES[method], total["score"], total["cpu_s"]))
    print("\nours, per video")
    for row in rows:
        if row["method"] == "ours":
            print(_line(f"{row['video']} {row['seed']}", row["score"], row["cpu_s"]))
    print(f"\n{told}")


if __name__ == "__main__":
    main()
