"""Entries of the catalog: what every entry is, and what every source says of itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Entry(BaseModel):
    """A strict, frozen entry: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Rate(Entry):
    """How fast one host may be asked."""

    requests_per_second: float = Field(1.0, gt=0)
    concurrency: int = Field(1, gt=0, le=64)


class StatedLicence(Entry):
    """A licence that holds for everything a source gives, and the words that say so."""

    name: str = Field(description="SPDX identifier, or LicenseRef-…")
    evidence: str = Field(description="The sentence that states it, and where it stands")


class SourceExpectation(Entry):
    """What a collection must come up to."""

    min_items: int = Field(0, ge=0)
    max_failed_share: float = Field(1.0, ge=0, le=1)


Course = Literal["drop", "blur", "quarantine"]


class Privacy(Entry):
    """What becomes of a source's pictures that show who somebody is.

    `drop` leaves the picture out. `blur` makes the eyes (the face, where no eyes are found) or the
    writing unreadable in everything that is passed on; what may not be altered by its licence is
    left out. `quarantine` leaves it out until a person has looked at it and named it in `cleared`.
    """

    faces: Course = Field("blur", description="What becomes of a face, whole or in part")
    text: Course = Field("blur", description="And of names, numbers and addresses written into it")
    cleared: tuple[str, ...] = Field(
        (), description="image_id of pictures that a person found fit to be shown as they are"
    )


class Source(Entry):
    """What every source says of itself."""

    title: str
    homepage: str
    terms_url: str
    source_type: Literal["edu", "knowledge", "forum", "public"] = Field(
        description="Derm1M's source_type"
    )
    folder: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] = Field(
        description="Folder of the release that its pictures go to"
    )
    enabled: bool = True
    language: str = "en"
    licence: StatedLicence | None = Field(
        None, description="For all items; null where each item states its own"
    )
    rate: Rate = Rate()
    allow_hosts: tuple[str, ...] = Field(
        (), description="Hosts on private addresses that may be asked"
    )
    max_items: int | None = Field(None, gt=0)
    privacy: Privacy = Privacy()
    partition_items: int = Field(200, gt=0, le=5000)
    expect: SourceExpectation = SourceExpectation()
