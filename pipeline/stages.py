"""The one way from source to release: every stage, in order."""

from __future__ import annotations

from pipeline.errors import NotFoundError
from pipeline.extract.stage import EXTRACT
from pipeline.images.benchmarks import BENCHMARK
from pipeline.images.duplicates import DEDUPLICATE
from pipeline.images.fingerprint import FINGERPRINT
from pipeline.images.screen import SCREEN
from pipeline.knowledge.labels import LINK
from pipeline.language.annotate import ANNOTATE
from pipeline.language.caption import CAPTION
from pipeline.language.ground import GROUND
from pipeline.sources.fetch import FETCH
from pipeline.store import Stage

# what talks to the network
COLLECT: tuple[Stage, ...] = (FETCH,)
# what is decided from pixels and passages alone
CURATE: tuple[Stage, ...] = (EXTRACT, FINGERPRINT, DEDUPLICATE, SCREEN)
# what a model writes, or the template engine, and what is then checked
ANNOTATING: tuple[Stage, ...] = (ANNOTATE, LINK)
CAPTIONING: tuple[Stage, ...] = (CAPTION, GROUND)

STAGES: tuple[Stage, ...] = (*COLLECT, *CURATE, *ANNOTATING, *CAPTIONING)
# what is made of the user's benchmarks, and not of a source
BESIDE: tuple[Stage, ...] = (BENCHMARK,)
ASKS_A_MODEL = (ANNOTATE, CAPTION)


def stage_named(name: str) -> Stage:
    """Return a stage by name.

    Raises:
        NotFoundError: there is none.
    """
    for stage in (*STAGES, *BESIDE):
        if stage.name == name:
            return stage
    raise NotFoundError(f"there is no stage {name}; there are {[s.name for s in STAGES]}")
