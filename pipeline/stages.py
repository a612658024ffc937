"""The one way from source to release: every stage, in order."""

from __future__ import annotations

from pipeline.errors import NotFoundError
from pipeline.extract.stage import EXTRACT
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
# what is written, by a model or without one, and checked
WRITE: tuple[Stage, ...] = (ANNOTATE, LINK, CAPTION, GROUND)

STAGES: tuple[Stage, ...] = (*COLLECT, *CURATE, *WRITE)
ASKS_A_MODEL = (ANNOTATE, CAPTION)


def stages_for(chosen: tuple[Stage, ...], annotates: bool) -> tuple[Stage, ...]:
    """Return the stages to run; a caption set that takes annotations over writes none itself."""
    return chosen if annotates else tuple(s for s in chosen if s not in (ANNOTATE, LINK))


def stage_named(name: str) -> Stage:
    """Return a stage by name.

    Raises:
        NotFoundError: there is none.
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise NotFoundError(f"there is no stage {name}; there are {[s.name for s in STAGES]}")
