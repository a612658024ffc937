"""Scenes of a lecture, each with what is said while it is shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from pipeline.extract.extracted import Extracted
from pipeline.extract.speech import recognise_speech
from pipeline.extract.transcripts import Sentence, TranscriptError, read_transcript
from pipeline.extract.video import Scene, VideoError, find_scenes, read_frames
from pipeline.identity import image_id
from pipeline.images.decode import failed_row, picture_row
from pipeline.store import MediaStore

log = logging.getLogger(__name__)

Row = Mapping[str, Any]


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
    scenes = _add_frames(item, video["sha256"], media, extracted)
    sentences, origin = _words(item, files, media, extracted, options)
    for scene, spoken in zip(scenes, assign_sentences(scenes, sentences), strict=True):
        if spoken:
            language = options["language"]
            _add_window(item, scene, spoken, extracted, language=language, origin=origin)
    return extracted


def _locator(scene: Scene) -> str:
    return f"t={scene.representative_s:.1f}s"


def _add_frames(item: Row, sha256: str, media: MediaStore, extracted: Extracted) -> list[Scene]:
    """Add a picture per scene and return the scenes that have one; note what cannot be read."""
    shown: list[Scene] = []
    try:
        with media.as_file(sha256) as path:
            scenes = find_scenes(path)
            frames = read_frames(path, [scene.representative_s for scene in scenes])
            for scene, pixels in zip(scenes, frames, strict=True):
                row = picture_row(item, _locator(scene), sha256, pixels, media)
                extracted.images.append(row)
                shown.append(scene)
    except VideoError as fault:
        extracted.images.append(failed_row(item, "video", "undecodable", str(fault), sha256))
    return shown


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


def assign_sentences(scenes: list[Scene], sentences: list[Sentence]) -> list[list[Sentence]]:
    """Return, per scene, the sentences of which most is spoken while it is shown.

    Scenes and sentences must be in order of time; each sentence goes to one scene at most.
    """
    spoken: list[list[Sentence]] = [[] for _ in scenes]
    first = 0
    for sentence in sentences:
        while first < len(scenes) and scenes[first].end_s <= sentence.start_s:
            first += 1
        best, longest = None, 0.0
        place = first
        while place < len(scenes) and scenes[place].start_s < sentence.end_s:
            overlap = overlap_s(scenes[place], sentence)
            if overlap > longest:
                best, longest = place, overlap
            place += 1
        if best is not None:
            spoken[best].append(sentence)
    return spoken


def overlap_s(scene: Scene, sentence: Sentence) -> float:
    """Return for how many seconds a sentence is spoken while a scene is shown."""
    start, end = max(scene.start_s, sentence.start_s), min(scene.end_s, sentence.end_s)
    return max(0.0, end - start)


def _add_window(
    item: Row,
    scene: Scene,
    spoken: list[Sentence],
    extracted: Extracted,
    *,
    language: str,
    origin: str,
) -> None:
    """Add the passage spoken over a scene; the score is the share of it that falls within.

    Its locator ends with how the words are known: `t=80.0-90.5s/automatic`.
    """
    start, end = spoken[0].start_s, spoken[-1].end_s
    passage = extracted.add_text(
        item,
        f"t={start:.1f}-{end:.1f}s{f'/{origin}' if origin else ''}",
        "transcript",
        " ".join(sentence.text for sentence in spoken),
        language=language,
        start_s=start,
        end_s=end,
    )
    length = sum(sentence.end_s - sentence.start_s for sentence in spoken)
    within = sum(overlap_s(scene, sentence) for sentence in spoken)
    score = round(min(1.0, within / length), 4)
    extracted.pair(
        item, image_id(item["item_id"], _locator(scene)), passage, "transcript_window", score
    )
