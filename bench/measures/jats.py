"""JATS to figures with their words, against pubmed_parser on the same files."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from pathlib import Path

from measures.jats_corpus import write_corpus

RIVAL = "pubmed_parser==0.5.1"
HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "bench"
N_RUNS = 9


def measure_jats() -> dict[str, float]:
    """Return articles per second, ratios of time (ours / theirs) and of figures (found / theirs).

    Ours is always the whole: figures, rights, sub-captions and citing sentences. Theirs is captions
    with the paragraphs in which citing sentences would have to be found, and captions alone. Both
    read each file; the runs alternate, and of each the least processor time counts. Files on which
    the rival fails are not in the times.
    """
    written, by_hand = write_corpus(BUILD / "jats")
    with Rival([*written, *by_hand]) as rival:
        told = rival.run("captions")
    ours = {str(path): count for path, count in _figures([*written, *by_hand]).items()}
    failed = {each.rpartition(": ")[0] for each in told["failed"]}
    timed = [path for path in (*written, *by_hand) if str(path) not in failed]
    seconds: dict[str, list[float]] = {"ours": [], "captions": [], "paragraphs": []}
    with Rival(timed) as rival:
        for _ in range(N_RUNS):
            seconds["ours"].append(_ours(timed))
            for work in ("captions", "paragraphs"):
                seconds[work].append(rival.run(work)["seconds"])
    best = {name: min(each) for name, each in seconds.items()}
    return {
        "jats_articles": len(timed),
        "jats_kb_per_article": round(sum(p.stat().st_size for p in timed) / len(timed) / 1000, 1),
        "jats_articles_per_s": round(len(timed) / best["ours"]),
        "jats_theirs_per_s": round(len(timed) / best["paragraphs"]),
        "jats_time_ratio": round(best["ours"] / best["paragraphs"], 3),
        "jats_captions_time_ratio": round(best["ours"] / best["captions"], 3),
        "figures_found": sum(ours.values()),
        "figures_theirs": sum(told["figures"].values()),
        "figures_ratio": round(sum(ours.values()) / sum(told["figures"].values()), 3),
        "jats_files_theirs_fails": len(failed),
    }


def _ours(paths: list[Path]) -> float:
    from pipeline.extract.jats import parse_article

    start = time.process_time()
    for path in paths:
        parse_article(path.read_bytes())
    return time.process_time() - start


def _figures(paths: list[Path]) -> dict[Path, int]:
    from pipeline.extract.jats import parse_article

    read = {path: parse_article(path.read_bytes()) for path in paths}
    return {path: sum(bool(f.graphics) for f in each.figures) for path, each in read.items()}


class Rival:
    """pubmed_parser in its own environment, which is made when it is missing."""

    def __init__(self, paths: list[Path]) -> None:
        home = BUILD / RIVAL.replace("==", "-")
        python = home / "bin" / "python"
        if not (home / "ready").exists():
            venv.create(home, with_pip=True, clear=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, RIVAL], check=True, stdout=sys.stderr)
            (home / "ready").touch()
        self._process = subprocess.Popen(
            [str(python), str(HERE / "jats_rival.py"), *map(str, paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Rival:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, work: str) -> dict:
        """Let it do some work on all files once."""
        self._process.stdin.write(f"{work}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())
