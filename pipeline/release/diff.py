"""What differs between two versions of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import MissingInputError, WorkspaceError
from pipeline.release.changes import CAPTION_COLUMNS, left_out, sentences
from pipeline.release.published import Published, open_release
from pipeline.store import Run
from schemas.release import RELEASE

EXAMPLES = 3
SHOWN_CHARACTERS = 160
# What differs because the picture does; captions differ because another caption set wrote them.
IMAGE_COLUMNS = ("sha256", "width_px", "height_px", "phash")


@dataclass(frozen=True, slots=True)
class Example:
    """One value before and after."""

    image_id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """How many pictures of both versions differ in a column."""

    rows: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """From one version to another: pictures by image_id, values by column."""

    before: str
    after: str
    rows_before: int
    rows_after: int
    added: int
    removed: int
    added_examples: tuple[str, ...]
    removed_examples: tuple[str, ...]
    changed: int
    columns: Mapping[str, ColumnChange]
    images_changed: int
    captions_changed: int
    caption_sets: tuple[str, str]
    left_out: Mapping[str, int]

    @property
    def is_empty(self) -> bool:
        """Tell whether the rows are the same."""
        return not (self.added or self.removed or self.changed)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)

    def to_text(self) -> str:
        """Return it as lines a person reads."""
        lines = [
            f"{self.before} -> {self.after}: {self.rows_before} rows, then {self.rows_after}",
            f"added {self.added}, removed {self.removed}, changed {self.changed}",
            f"images {_told(self.images_changed)}, captions {_told(self.captions_changed)}",
        ]
        if self.caption_sets[0] != self.caption_sets[1]:
            lines.append("caption set {} -> {}".format(*self.caption_sets))
        lines += sentences(self.left_out)
        lines += [f"  + {image}" for image in self.added_examples]
        lines += [f"  - {image}" for image in self.removed_examples]
        for name, change in self.columns.items():
            lines.append(f"{name}: {change.rows} rows differ")
            for each in change.examples:
                lines += [f"  {each.image_id}", f"    - {each.before}", f"    + {each.after}"]
        return "\n".join(lines)


def diff_releases(a: Path, b: Path, run: Run | None = None) -> Difference:
    """Return what differs from version `a` to version `b`, matched by image_id.

    ``left_out`` counts the removed rows by what became of their items: as the workspace of `b`
    tells it, else as the manifest of `b` does if it follows `a`.

    Raises:
        ReleaseError: one of them is no whole release.
    """
    before, after = open_release(a), open_release(b)
    old, new = before.rows(), after.rows()
    old_at = _places(old)
    new_at = _places(new)
    both = sorted(old_at.keys() & new_at.keys())
    old_rows = old.take(pa.array([old_at[each] for each in both], pa.int64()))
    new_rows = new.take(pa.array([new_at[each] for each in both], pa.int64()))
    differing = {
        name: places
        for name in RELEASE.column_names
        if (places := _differing(old_rows[name], new_rows[name]))
    }
    added, removed = sorted(new_at.keys() - old_at.keys()), sorted(old_at.keys() - new_at.keys())
    return Difference(
        before=_name(before),
        after=_name(after),
        rows_before=old.num_rows,
        rows_after=new.num_rows,
        added=len(added),
        removed=len(removed),
        added_examples=tuple(added[:EXAMPLES]),
        removed_examples=tuple(removed[:EXAMPLES]),
        changed=_n_rows(differing, RELEASE.column_names),
        columns={
            name: ColumnChange(
                len(places), _examples(both, old_rows[name], new_rows[name], places[:EXAMPLES])
            )
            for name, places in differing.items()
        },
        images_changed=_n_rows(differing, IMAGE_COLUMNS),
        captions_changed=_n_rows(differing, CAPTION_COLUMNS),
        left_out=_left_out(before, after, removed, run),
        caption_sets=(str(before.manifest["caption_set"]), str(after.manifest["caption_set"])),
    )


def _left_out(
    before: Published, after: Published, removed: Sequence[str], run: Run | None
) -> dict[str, int]:
    """Return removed rows by fate; nothing where it cannot be known."""
    try:
        if run is not None and removed:
            found = left_out(run, after.partitions(), removed)
            return {fate: sum(held.values()) for fate, held in found.items()}
    except (MissingInputError, WorkspaceError):
        pass  # a workspace of other snapshots
    changes = after.manifest.get("changes") or {}
    follows = before.name == after.name and changes.get("since") == before.version
    return dict(changes["left_out"]) if follows else {}


def _places(rows: pa.Table) -> dict[str, int]:
    return {image: place for place, image in enumerate(rows["image_id"].to_pylist())}


def _differing(old: pa.ChunkedArray, new: pa.ChunkedArray) -> list[int]:
    if old.equals(new):
        return []
    pairs = zip(old.to_pylist(), new.to_pylist(), strict=True)
    return [place for place, (before, after) in enumerate(pairs) if before != after]


def _n_rows(differing: Mapping[str, Sequence[int]], columns: Sequence[str]) -> int:
    return len({place for name in columns for place in differing.get(name, ())})


def _examples(
    images: Sequence[str], old: pa.ChunkedArray, new: pa.ChunkedArray, places: Sequence[int]
) -> tuple[Example, ...]:
    return tuple(
        Example(images[place], _short(old[place].as_py()), _short(new[place].as_py()))
        for place in places
    )


def _short(value: Any) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _name(release: Published) -> str:
    return f"{release.name} {release.version}"


def _told(n: int) -> str:
    return f"changed in {n} rows" if n else "unchanged"
