"""Scenes of a lecture, each with what is said while it is shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from pipeline.extract.extracted import Extracted
from pipeline.extract.insets import find_insets
from pipeline.extract.pairing import assign_sentences, score_window
from pipeline.extract.scenes import Mode, Scene, find_scenes
from pipeline.extract.speech import recognise_speech
from pipeline.extract.transcripts import Sentence, TranscriptError, read_transcript
from pipeline.extract.video import VideoError, read_frames
from pipeline.identity import text_id
from pipeline.images.decode import Pixels, failed_row, picture_row
from pipeline.store import MediaStore

log = logging.getLogger(__name__)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A scene and the pictures that stand for it."""

    scene: Scene
    image_ids: tuple[str, ...]


def extract_lecture(
    item: Row, files: list[Row], media: MediaStore, options: Mapping[str, Any]
) -> Extracted:
    """Return a frame per scene of a video, and the sentences that are spoken over each.

    Raises:
        NotFoundError: the store lacks a blob.
        SourceError: speech is to be recognised, and the model for it is not there.
    """
    extracted = Extracted()
    video = next((each for each in files if each["role"] == "video"), None)
    if video is None or video["status"] != "ok":
        why = video["error"] if video else "the item has no video"
        extracted.images.append(failed_row(item, "video", "not_fetched", why or "not fetched"))
        return extracted
    mode: Mode = options.get("frames", "full")
    scenes = _add_frames(item, video["sha256"], media, extracted, mode)
    sentences, origin = _words(item, files, media, extracted, options)
    windows = assign_sentences([shown.scene for shown in scenes], sentences)
    for shown, spoken in zip(scenes, windows, strict=True):
        if spoken:
            language = options["language"]
            _add_window(item, shown, spoken, extracted, language=language, origin=origin)
    return extracted


def _add_frames(
    item: Row, sha256: str, media: MediaStore, extracted: Extracted, mode: Mode
) -> list[_Shown]:
    """Add the pictures of each scene and return the scenes that have any; note what is unreadable.

    A slide with photographs on it gives these, each with its box, in place of the whole frame.
    """
    shown: list[_Shown] = []
    try:
        with media.as_file(sha256) as path:
            scenes = find_scenes(path, mode)
            frames = read_frames(path, [scene.representative_s for scene in scenes])
            for scene, pixels in zip(scenes, frames, strict=True):
                rows = list(_pictures(item, scene, pixels, sha256, media))
                extracted.images.extend(rows)
                shown.append(_Shown(scene, tuple(row["image_id"] for row in rows)))
    except VideoError as fault:
        extracted.images.append(failed_row(item, "video", "undecodable", str(fault), sha256))
    return shown


def _pictures(
    item: Row, scene: Scene, pixels: Pixels, sha256: str, media: MediaStore
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a scene's photographs, lettered as one reads, or of its frame."""
    locator = f"t={scene.representative_s:.1f}s"
    boxes = find_insets(pixels)
    for letter, box in zip(ascii_lowercase, boxes, strict=False):
        part = pixels[box[1] : box[3], box[0] : box[2]]
        yield picture_row(item, f"{locator}/{letter}", sha256, part, media, box=box)
    if not boxes:
        yield picture_row(item, locator, sha256, pixels, media)


def _words(
    item: Row,
    files: list[Row],
    media: MediaStore,
    extracted: Extracted,
    options: Mapping[str, Any],
) -> tuple[list[Sentence], str]:
    """Return what is said, and how that is known; of words that cannot be read, an empty passage.

    Captions are `manual` or `automatic`, as the file's name says; without any, speech is
    `recognised` if the catalog names a model for it.
    """
    captions = _file(files, "captions")
    sound = _file(files, "audio") or _file(files, "video")
    model = options.get("speech_model")
    try:
        if captions is not None:
            return read_transcript(media.get(captions["sha256"])), _origin(captions)
        if model and sound is not None:
            with media.as_file(sound["sha256"]) as path:
                return recognise_speech(path, model, options["language"]), "recognised"
    except TranscriptError as fault:
        extracted.add_text(item, "transcript", "transcript", "", speaker=None, language="und")
        extracted.texts[-1]["error"] = str(fault)
        return [], ""
    log.info("%s has no captions; its frames stay without text", item["item_id"])
    return [], ""


def _file(files: list[Row], role: str) -> Row | None:
    return next((each for each in files if each["role"] == role and each["status"] == "ok"), None)


def _origin(captions: Row) -> str:
    """Return `manual` or `automatic`: `captions-manual.json3` is what a person wrote."""
    found = re.fullmatch(r"captions-([a-z]+)\.\w+", captions["name"])
    return found[1] if found else ""


def _add_window(
    item: Row,
    shown: _Shown,
    spoken: list[Sentence],
    extracted: Extracted,
    *,
    language: str,
    origin: str,
) -> None:
    """Add the passage spoken over a scene, and pair it with the scene's pictures.

    Its locator ends with how the words are known: `t=80.0-90.5s/automatic`.
    """
    start, end = spoken[0].start_s, spoken[-1].end_s
    locator = f"t={start:.1f}-{end:.1f}s{f'/{origin}' if origin else ''}"
    passage = text_id(item["item_id"], locator)
    if all(text["text_id"] != passage for text in extracted.texts):
        words = " ".join(sentence.text for sentence in spoken)
        extracted.add_text(
            item, locator, "transcript", words, language=language, start_s=start, end_s=end
        )
    score = score_window(shown.scene, spoken, n_pictures=len(shown.image_ids))
    for image in shown.image_ids:
        extracted.pair(item, image, passage, "transcript_window", score)
