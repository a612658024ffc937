"""The pictures of a release: hard links to the media store where the disk permits, else copies."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.store import MediaStore


def place_pictures(folder: Path, pictures: Iterable[tuple[str, str]], media: MediaStore) -> None:
    """Put each (file name, sha256) below a folder.

    Raises:
        NotFoundError: the media store lacks one of them.
    """
    for filename, sha256 in pictures:
        target = folder / filename
        target.parent.mkdir(parents=True, exist_ok=True)
        with media.as_file(sha256) as blob:
            try:
                target.hardlink_to(blob)
            except OSError:
                # another file system, or one without links
                shutil.copyfile(blob, target)


def strange_pictures(
    folder: str, pictures: Iterable[tuple[str, str]], digests: Mapping[str, str]
) -> list[str]:
    """Return the file names, sorted, whose bytes are not those that their row names.

    Args:
        folder: folder of the pictures, as ``digests`` spells it.
        pictures: (file name, sha256) as the rows have them.
        digests: digests of the written files by path.
    """
    return sorted(name for name, sha256 in pictures if digests.get(f"{folder}/{name}") != sha256)
