import errno
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.errors import MissingInputError, NotFoundError, WorkspaceError
from pipeline.store import Workspace


def test_a_write_that_fails_leaves_what_stood_and_no_litter(workspace, monkeypatch):
    workspace.files.write("a/b.txt", b"old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkspaceError, match=r"No space left on device.*untouched"):
        workspace.files.write("a/b.txt", b"new")

    assert workspace.files.read("a/b.txt") == b"old"
    assert [path.name for path in workspace.files.local_path("a").iterdir()] == ["b.txt"]


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x"])
def test_a_path_out_of_the_workspace_is_refused(workspace, path):
    with pytest.raises(WorkspaceError, match="leads out"):
        workspace.files.write(path, b"")


def test_media_are_addressed_by_their_bytes(workspace):
    sha = workspace.media.put(b"bytes", ".JPG")
    again = workspace.media.put(b"bytes", "png")

    assert again == sha
    assert list(workspace.files.walk("media")) == [f"media/{sha[:2]}/{sha[2:4]}/{sha}.jpg"]
    assert workspace.media.get(sha) == b"bytes"
    with workspace.media.as_file(sha) as path:
        assert path.read_bytes() == b"bytes"
    assert workspace.media.remove(sha)
    with pytest.raises(NotFoundError, match=sha):
        workspace.media.get(sha)


def test_a_hostile_extension_does_not_reach_a_path(workspace):
    sha = workspace.media.put(b"x", "../../etc/passwd")

    assert workspace.media.find(sha).endswith(f"{sha}.bin")


def test_a_workspace_may_be_remote():
    workspace = Workspace("memory://bucket/workspace")
    sha = workspace.media.put(b"far", "txt")

    assert workspace.media.get(sha) == b"far"
    with workspace.media.as_file(sha) as path:
        assert path.read_bytes() == b"far"
    with pytest.raises(WorkspaceError, match="not a local folder"):
        workspace.folder("releases")


def test_listings_say_which_partitions_there_are(workspace):
    with pytest.raises(MissingInputError, match="run `dermcurate collect` first"):
        workspace.partitions("s")
    workspace.write_listing("s", "2026-01-08", {"n_partitions": 1})
    workspace.write_listing("s", "2026-01-01", {"n_partitions": 3})

    assert workspace.snapshots("s") == ["2026-01-01", "2026-01-08"]
    assert [str(each) for each in workspace.partitions("s")] == ["s/2026-01-08/part-00000"]
    assert len(workspace.partitions("s", "2026-01-01")) == 3
    assert workspace.sources() == ["s"]


def test_the_pseudonym_key_is_made_once_and_is_private(workspace):
    key = workspace.pseudonym_key()

    assert workspace.pseudonym_key() == key
    assert len(key) == 64
    mode = workspace.files.local_path("pseudonym.key").stat().st_mode & 0o777
    assert mode == 0o600


def test_threads_that_come_at_once_share_one_pseudonym_key(workspace):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _n: workspace.pseudonym_key(), range(32)))

    assert len(keys) == 1
