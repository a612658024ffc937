"""Speech: what is said in a video without captions, recognised by a model on this machine.

The model is a folder of faster-whisper (CTranslate2) named by the catalog. Nothing is downloaded,
and the library (extra `asr`) is imported only when there is something to recognise. Its answers
can differ in their last words between kinds of processor, so that tables with recognised speech
are the same again only on the same kind of machine.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import SourceError
from pipeline.extract.cues import MAX_CUES, MAX_SECONDS, Cue
from pipeline.extract.transcripts import (
    Sentence,
    TranscriptError,
    join_sentences,
    without_overlaps,
)

_PARTS = ("model.bin", "config.json")
# Whisper's own measures of silence that it took for speech, and of words that it repeats for ever
_MAX_SILENCE = 0.6
_MIN_LOG_PROBABILITY = -1.0
_MAX_COMPRESSION = 2.4
_ONE_AT_A_TIME = threading.Lock()  # a model uses all cores, or the one accelerator


def check_model(folder: str | None) -> None:
    """Check, before anything is fetched for it, that speech can be recognised if it is wanted.

    Raises:
        SourceError: the library or the model is not there.
    """
    if folder is None:
        return
    missing = [name for name in _PARTS if not (Path(folder) / name).is_file()]
    if missing:
        raise SourceError(
            f"speech_model {folder} holds no {' and no '.join(missing)}; name the folder of a "
            "faster-whisper model, or set speech_model to null"
        )
    if importlib.util.find_spec("faster_whisper") is None:
        raise SourceError(
            "speech_model is set, but faster-whisper is not installed; install the extra `asr`, or "
            "set speech_model to null"
        )


def recognise_speech(path: Path, folder: str, language: str) -> list[Sentence]:
    """Return the sentences that are spoken in a file of sound or video, with their times.

    Raises:
        SourceError: the library or the model is not there, or the model cannot be loaded.
        TranscriptError: the file holds no sound that can be read.
    """
    check_model(folder)
    with _ONE_AT_A_TIME:
        model = _load(folder)
        try:
            segments, _told = model.transcribe(
                str(path),
                language=language.split("-")[0],
                beam_size=5,
                temperature=0.0,
                condition_on_previous_text=False,
                vad_filter=True,
                word_timestamps=True,
            )
            cues = segment_cues(segments)
        except (OSError, ValueError, IndexError, RuntimeError) as fault:
            raise TranscriptError(f"no speech can be recognised: {str(fault)[:200]}") from fault
    return join_sentences(without_overlaps(cues))


@lru_cache(maxsize=1)
def _load(folder: str) -> Any:
    library = importlib.import_module("faster_whisper")
    try:
        return library.WhisperModel(folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as fault:
        raise SourceError(
            f"speech_model {folder} cannot be loaded ({str(fault)[:200]}); name the folder of a "
            "faster-whisper model, or set speech_model to null"
        ) from fault


def segment_cues(segments: Iterable[Any]) -> list[Cue]:
    """Return the words of Whisper's segments as cues; what it only seems to hear is left out."""
    cues: list[Cue] = []
    for segment in segments:
        if not _is_imagined(segment):
            cues += _word_cues(segment)
        if len(cues) >= MAX_CUES:
            break
    return cues[:MAX_CUES]


def _is_imagined(segment: Any) -> bool:
    is_silence = segment.no_speech_prob > _MAX_SILENCE and segment.avg_logprob < (
        _MIN_LOG_PROBABILITY
    )
    return bool(is_silence or segment.compression_ratio > _MAX_COMPRESSION)


def _word_cues(segment: Any) -> Iterator[Cue]:
    """Yield a cue per word, which brings its own space before it; without words, one for all."""
    for place, said in enumerate(segment.words or [segment]):
        text = said.word if segment.words else said.text
        start, end = float(said.start), float(said.end)
        if text.strip() and 0 <= start <= end <= MAX_SECONDS:
            yield Cue(start, end, text if place else f" {text.lstrip()}")
