"""A stage on a partition: done once, done again when something changed, never half done."""

import pyarrow as pa
import pytest

from pipeline.errors import MissingInputError, WorkspaceError
from pipeline.store import Partition, Run, Stage, Workspace, is_done, run_partition, run_whole
from pipeline.store.manifest import Manifest, Output
from schemas import FINGERPRINTS, IMAGES, TEXTS, ContractError

PART = Partition("s", "2026-01-01", 0)
OTHER = Partition("s", "2026-01-01", 1)


def image(n, status="ok"):
    return {"image_id": f"s:{n}#a", "item_id": f"s:{n}", "locator": "a", "status": status}


def put(run, contract, rows, partition=PART):
    table = contract.table(rows)
    digest = run.workspace.write_table(contract, table, partition)
    output = {contract.name: Output(digest, table.num_rows, {})}
    manifest = Manifest(contract.written_by, 1, str(partition), digest, {}, {}, output)
    run.workspace.write_manifest(manifest, partition)


class Counting:
    """A stage that counts how often it runs."""

    def __init__(self, **declared):
        self.runs = 0
        self.threshold = 1
        self.stage = Stage(
            "fingerprint",
            declared.pop("version", 1),
            reads=(IMAGES,),
            writes=(FINGERPRINTS,),
            run=self.run,
            options=lambda catalog, source, caption_set: {"threshold": self.threshold},
            **declared,
        )

    def run(self, bench, images):
        self.runs += 1
        rows = [
            {"image_id": key, "phash": bench.options["threshold"], "status": "ok"}
            for key in images["image_id"].to_pylist()
        ]
        return (FINGERPRINTS.table(rows),)


@pytest.fixture
def run(workspace):
    workspace.write_listing("s", "2026-01-01", {"n_partitions": 2, "n_items": 2})
    opened = Run(workspace, catalog=None)
    put(opened, IMAGES, [image(1), image(2)])
    return opened


def test_a_partition_is_done_once(run):
    counting = Counting()

    first = run_partition(counting.stage, PART, run)
    second = run_partition(counting.stage, PART, run)

    assert counting.runs == 1
    assert first == second
    assert first.outputs["fingerprints"].statuses == {"ok": 2}
    assert is_done(counting.stage, [PART], run)


def test_changed_input_options_and_version_each_run_it_again(run):
    counting = Counting()
    run_partition(counting.stage, PART, run)

    put(run, IMAGES, [image(1)])
    assert not is_done(counting.stage, [PART], run)
    run_partition(counting.stage, PART, run)
    assert counting.runs == 2

    counting.threshold = 9
    run_partition(counting.stage, PART, run)
    assert counting.runs == 3
    assert run.read(FINGERPRINTS, PART)["phash"].to_pylist() == [9]

    newer = Counting(version=2)
    newer.threshold = 9
    run_partition(newer.stage, PART, run)
    assert newer.runs == 1


def test_the_same_rows_give_the_same_bytes(run, tmp_path):
    counting = Counting()
    run_partition(counting.stage, PART, run)
    path = run.workspace.table_path(FINGERPRINTS, PART)
    first = run.workspace.files.read(path)

    elsewhere = Run(Workspace(tmp_path / "elsewhere"), catalog=None)
    put(elsewhere, IMAGES, [image(1), image(2)])
    run_partition(Counting().stage, PART, elsewhere)

    assert elsewhere.workspace.files.read(path) == first


def test_a_missing_input_names_the_stage_that_writes_it(run):
    with pytest.raises(MissingInputError, match="run extract first"):
        run_partition(Counting().stage, OTHER, run)


def test_a_stage_that_breaks_off_leaves_no_manifest(run):
    def break_off(bench, images):
        raise ValueError("the middle of the work")

    stage = Stage("fingerprint", 1, (IMAGES,), (FINGERPRINTS,), break_off)
    with pytest.raises(ValueError, match="the middle"):
        run_partition(stage, PART, run)

    assert not is_done(stage, [PART], run)
    assert run.manifest(FINGERPRINTS, PART) is None


def test_a_broken_output_is_not_written(run):
    def break_contract(bench, images):
        return (pa.table({"image_id": ["x"]}),)

    stage = Stage("fingerprint", 1, (IMAGES,), (FINGERPRINTS,), break_contract)
    with pytest.raises(ContractError, match="missing columns"):
        run_partition(stage, PART, run)

    assert not run.workspace.files.exists(run.workspace.table_path(FINGERPRINTS, PART))


def test_a_kill_between_table_and_manifest_is_not_taken_for_done(run):
    counting = Counting()
    run_partition(counting.stage, PART, run)
    old_key = run.manifest(FINGERPRINTS, PART).key

    counting.threshold = 2
    real = run.workspace.write_manifest
    run.workspace.write_manifest = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        run_partition(counting.stage, PART, run)
    run.workspace.write_manifest = real

    # the options go back to what they were, but the tables of the newer ones stand
    counting.threshold = 1
    assert not is_done(counting.stage, [PART], run)
    assert run_partition(counting.stage, PART, run).key == old_key
    assert run.read(FINGERPRINTS, PART)["phash"].to_pylist() == [1, 1]


def test_a_whole_stage_reads_all_partitions_and_writes_each(run):
    put(run, IMAGES, [image(3)], OTHER)
    counting = Counting(whole=True)

    run_whole(counting.stage, [PART, OTHER], run)
    run_whole(counting.stage, [PART, OTHER], run)

    assert counting.runs == 1
    assert run.read(FINGERPRINTS, OTHER)["image_id"].to_pylist() == ["s:3#a"]
    assert run.read(FINGERPRINTS, PART).num_rows == 2


def test_a_damaged_table_and_an_older_contract_are_named(run):
    path = run.workspace.table_path(IMAGES, PART)
    run.workspace.files.write(path, b"not parquet")
    with pytest.raises(WorkspaceError, match=rf"{path} is damaged"):
        run.read(IMAGES, PART)

    old = TEXTS.empty().replace_schema_metadata({"contract": "texts", "contract_version": "0"})
    from pipeline.store.tables import to_parquet

    run.workspace.files.write(run.workspace.table_path(TEXTS, PART), to_parquet(old))
    with pytest.raises(WorkspaceError, match="version 0 of the contract texts, now 1"):
        run.read(TEXTS, PART)
