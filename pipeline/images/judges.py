"""Classifiers that answer in place of the weak screening rules, opened from files of the user's.

A judge gives a probability for each of its labels. Its name holds the digest of its file, so that
two models are never taken for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.errors import CatalogError
from pipeline.identity import canonical_json, sha256_bytes
from pipeline.images.decode import Pixels
from pipeline.images.onnx_judge import OnnxJudge
from pipeline.images.zero_shot import open_zero_shot
from pipeline.picture_entries import OnnxClassifier, Screening, ZeroShot

DIGITS = 12  # of the digest, in a judge's name


Judge: TypeAlias = Callable[[Pixels], dict[str, float]]
"""Looks at an RGB picture and gives each of its labels a probability, in the order of its entry."""

OPENERS: Mapping[str, Callable[[str], Judge]] = {
    "classifier": lambda entry: OnnxJudge(OnnxClassifier.model_validate_json(entry)),
    "zero_shot": lambda entry: open_zero_shot(ZeroShot.model_validate_json(entry)),
}


def judge_options(screening: Screening) -> dict[str, Any]:
    """Return the entry of the judge, if there is one, and the digest of its file, as plain JSON.

    Raises:
        CatalogError: there is no such file.
    """
    entry = screening.classifier or screening.zero_shot
    return {
        "classifier": screening.classifier and screening.classifier.model_dump(mode="json"),
        "zero_shot": screening.zero_shot and screening.zero_shot.model_dump(mode="json"),
        "judge_sha256": None if entry is None else _digest(entry.path),
    }


def judge_name(options: Mapping[str, Any]) -> str:
    """Return what `judged_by` says: `rules`, or the kind of judge and its file's digest."""
    if options["judge_sha256"] is None:
        return "rules"
    kind = "classifier" if options["classifier"] else "zero_shot"
    return f"{kind} {options['judge_sha256'][:DIGITS]}"


def open_judge(options: Mapping[str, Any]) -> Judge | None:
    """Open the judge of a stage's options; null if the rules alone answer.

    Raises:
        CatalogError: the file cannot be opened, is no longer that of the options, does not fit its
            entry, or needs what is not installed.
    """
    kind = next((kind for kind in OPENERS if options[kind]), None)
    if kind is None:
        return None
    path = options[kind]["path"]
    if _digest(path) != options["judge_sha256"]:
        raise CatalogError(f"{path} changed while pictures were screened with it; run again")
    return _opened(kind, canonical_json(options[kind]), options["judge_sha256"])


@lru_cache(maxsize=2)
def _opened(kind: str, entry: str, _sha256: str) -> Judge:
    """Open a judge once for all partitions that it is asked about."""
    return OPENERS[kind](entry)


def _digest(path: str) -> str:
    try:
        stated = Path(path).stat()
        return _digest_of(path, stated.st_size, stated.st_mtime_ns)
    except OSError as fault:
        raise CatalogError(
            f"screening names the model {path}, which cannot be read ({fault.strerror}); "
            "mend the path, or take the entry out to let the rules answer"
        ) from fault


@lru_cache(maxsize=8)
def _digest_of(path: str, _size: int, _changed_ns: int) -> str:
    """Read a file once for each state that it is seen in."""
    return sha256_bytes(Path(path).read_bytes())
