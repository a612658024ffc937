"""Splits: what belongs together stays on one side, and stays there from version to version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.catalog import Splits
from pipeline.identity import sha256_text

ORDER = ("train", "validation", "test")
_HASH_SPACE = float(1 << 64)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture goes: the smallest group of its component, and the split."""

    group_id: str
    split: str


class _Forest:
    """Union-find over names; the smallest name of a tree is its root."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def root(self, name: str) -> str:
        parents = self._parents
        parents.setdefault(name, name)
        top = name
        while parents[top] != top:
            top = parents[top]
        while parents[name] != top:
            parents[name], name = top, parents[name]
        return top

    def join(self, left: str, right: str) -> None:
        low, high = sorted((self.root(left), self.root(right)))
        self._parents[high] = low


def assign_splits(memberships: Iterable[tuple[str, str]], shares: Splits) -> dict[str, Place]:
    """Return the place of each picture, given every (picture, group) it has a provenance in.

    A picture joins all its groups into one component. A component's split follows from the hash of
    its smallest group and the seed alone, so other components coming or going do not move it. If
    chance leaves `train` empty, the largest component goes there.
    """
    forest = _Forest()
    first_group: dict[str, str] = {}
    for picture, group in memberships:
        forest.join(first_group.setdefault(picture, group), group)
    components: dict[str, list[str]] = defaultdict(list)
    for picture, group in first_group.items():
        components[forest.root(group)].append(picture)
    chosen = {group: _split_of(group, shares) for group in components}
    if components and shares.train > 0 and "train" not in chosen.values():
        chosen[max(components, key=lambda group: (len(components[group]), group))] = "train"
    return {
        picture: Place(group, chosen[group])
        for group, pictures in sorted(components.items())
        for picture in pictures
    }


def _split_of(group: str, shares: Splits) -> str:
    point = int(sha256_text(f"{shares.seed}/{group}")[:16], 16) / _HASH_SPACE
    edge = 0.0
    for name in ORDER:
        edge += getattr(shares, name)
        if point < edge:
            return name
    return max(ORDER, key=lambda name: float(getattr(shares, name)))


def straddling_groups(places: Iterable[tuple[str, str]]) -> list[str]:
    """Return the groups, sorted, that (group, split) pairs show in more than one split."""
    seen: dict[str, set[str]] = defaultdict(set)
    for group, split in places:
        seen[group].add(split)
    return sorted(group for group, splits in seen.items() if len(splits) > 1)
