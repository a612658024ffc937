"""The workspace: the only code that knows where things lie and how they are written."""

from pipeline.store.carry import Carried
from pipeline.store.manifest import Manifest
from pipeline.store.media import MediaStore
from pipeline.store.partition import Partition
from pipeline.store.stage import Bench, Options, Run, Stage, is_done, run_partition, run_whole
from pipeline.store.workspace import Workspace

__all__ = [
    "Bench",
    "Carried",
    "Manifest",
    "MediaStore",
    "Options",
    "Partition",
    "Run",
    "Stage",
    "Workspace",
    "is_done",
    "run_partition",
    "run_whole",
]
