"""Failures by class: how many, of which sources, and how they are asked again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.vocabulary import PASSING

UNREACHABLE = "unreachable"


def failures_of(sources: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return files that failed, and items that were unreachable, by class, most frequent first.

    Shape: ``{class: {"what": "files" or "items", "n", "sources": {source: n}, "may_pass": bool,
    "retry": command}}``
    """
    by_class: dict[str, dict[str, int]] = {}
    for source, each in sources.items():
        for name, n in each["media_failed"].items():
            by_class.setdefault(name, {})[source] = n
        if n := each["left_out"].get(UNREACHABLE):
            by_class.setdefault(UNREACHABLE, {})[source] = n
    ordered = sorted(by_class.items(), key=lambda each: (-sum(each[1].values()), each[0]))
    return {
        name: {
            "what": "items" if name == UNREACHABLE else "files",
            "n": sum(held.values()),
            "sources": held,
            "may_pass": name == UNREACHABLE or name in PASSING,
            "retry": f"dermcurate collect --retry failed:{name}",
        }
        for name, held in ordered
    }
