"""What identifies a person in a picture, and what a source's policy makes of it.

Faces are looked for in every picture. Writing is looked for cheaply, and read only where there may
be some. What is found is counted; what is read goes nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.catalog import Catalog
from pipeline.identity import sha256_bytes
from pipeline.images.burned_text import Line, read_lines
from pipeline.images.decode import Pixels, encode_picture
from pipeline.images.face_model import FaceModelError
from pipeline.images.faces import Face, find_faces
from pipeline.images.hiding import Corners, hide_places
from pipeline.images.writing import may_hold_writing
from pipeline.redaction import private_kinds
from pipeline.store import Bench

FACE = "face"
TEXT = "private_text"
MIN_LETTERS = 3  # of a line; hairs and streaks are read as one or two

Options = Mapping[str, Any]
Verdict = Literal["keep", "drop", "quarantine"]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a picture shows of a person: faces, and the kinds of details written into it."""

    faces: tuple[Face, ...] = ()
    kinds: tuple[str, ...] = ()
    lines: tuple[Corners, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of a picture: a verdict with its reasons, or places to hide in what is shown."""

    verdict: Verdict = "keep"
    reasons: frozenset[str] = frozenset()
    hiding: tuple[Corners, ...] = ()


@dataclass(frozen=True, slots=True)
class Protection:
    """A picture's verdict, and what the table `verdicts` says of what was found and hidden."""

    verdict: Verdict
    reasons: frozenset[str]
    columns: Mapping[str, Any]


def privacy_options(catalog: Catalog, source_id: str | None) -> dict[str, Any]:
    """Return the policy of a source, and the model of faces with its file's digest.

    Raises:
        FaceModelError: the catalog names a model that is not there.
    """
    path = catalog.screening.face_model
    policy = catalog.source(source_id or "").privacy.model_dump(mode="json")
    policy["cleared"] = sorted(policy["cleared"])
    return policy | {"face_model": None if path is None else _known_file(Path(path))}


def _known_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise FaceModelError(
            f"the catalog's screening names a face_model at {path}, and there is none; "
            "give the path of a YuNet model (ONNX), or null for the cascades"
        )
    return {"path": str(path), "sha256": sha256_bytes(path.read_bytes())}


def faces_of(pixels: Pixels, options: Options) -> tuple[Face, ...]:
    """Return the faces of a picture, by the cascades or by the model that the options name."""
    model = options.get("face_model")
    return tuple(find_faces(pixels, None if model is None else Path(model["path"])))


def exposure_of(pixels: Pixels, faces: Sequence[Face]) -> Exposure:
    """Return what a picture shows, whose faces have been found; its writing is read now."""
    lines = read_lines(pixels) if may_hold_writing(pixels) else []
    kinds = kinds_of_lines(lines)
    # Where one detail stands, what the reading missed may stand beside it: all lines go.
    written = [each for each in lines if sum(map(str.isalnum, each.text)) >= MIN_LETTERS]
    return Exposure(tuple(faces), kinds, tuple(each.corners for each in written) if kinds else ())


def kinds_of_lines(lines: Sequence[Line]) -> tuple[str, ...]:
    """Return the kind of each personal detail in lines that were read, sorted, one for each."""
    return tuple(private_kinds("\n".join(line.text for line in lines), printed=True))


def course_of(
    exposure: Exposure, options: Options, *, image_id: str, may_be_altered: bool
) -> Course:
    """Return what a policy makes of a picture.

    What is to be blurred, but has a licence against alterations, is dropped.
    """
    if image_id in options["cleared"]:
        return Course()
    found = {
        FACE: [each for face in exposure.faces for each in face.hiding],
        TEXT: list(exposure.lines),
    }
    policies = {FACE: options["faces"], TEXT: options["text"]}
    if not may_be_altered:
        policies = {name: "drop" if each == "blur" else each for name, each in policies.items()}
    met = frozenset(name for name, places in found.items() if places and policies[name] != "blur")
    if not met:
        return Course(hiding=tuple(place for places in found.values() for place in places))
    is_dropped = any(policies[name] == "drop" for name in met)
    return Course("drop" if is_dropped else "quarantine", met)


def shown_pixels(pixels: Pixels, course: Course) -> Pixels | None:
    """Return what stands for the picture in all that is passed on; null: the picture itself."""
    return hide_places(pixels, course.hiding) if course.hiding else None


def protect_picture(
    image_id: str, pixels: Pixels, faces: Sequence[Face], bench: Bench, may_be_altered: bool
) -> Protection:
    """Apply the policy of the bench's options to a picture that nothing else speaks against.

    What is to be shown in its place is stored.
    """
    exposure = exposure_of(pixels, faces)
    course = course_of(
        exposure, bench.options["privacy"], image_id=image_id, may_be_altered=may_be_altered
    )
    columns: dict[str, Any] = {"n_faces": len(faces), "private_kinds": list(exposure.kinds)}
    shown = shown_pixels(pixels, course)
    if shown is not None:
        found = {FACE: exposure.faces, TEXT: exposure.kinds}
        columns["hidden"] = [name for name, each in found.items() if each]
        columns["shown_sha256"] = bench.media.put(encode_picture(shown), "jpg")
    return Protection(course.verdict, course.reasons, columns)
