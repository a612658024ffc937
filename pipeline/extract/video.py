"""Scenes of a video and single frames of it, by time."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

from pipeline.errors import DermcurateError
from pipeline.images.decode import MAX_PIXELS, Pixels

log = logging.getLogger(__name__)

MAX_DURATION_S = 4 * 3600.0
MIN_SCENE_S = 1.0
_MAX_BAD_PACKETS = 200
_FORWARD_S = 10.0  # a frame no further ahead is reached by decoding on, not by seeking
_THUMB = (64, 36)
_BLOCKS = (16, 9)
_MEAN_CHANGE = 6.0  # grey levels between two frames
_BLOCK_CHANGE = 10.0
_BLOCK_SHARE = 0.02
_MAX_SKIPPED = 4  # frames in a row that no other refers to; a longer gap is a still picture
_MAX_FRAME_S = 0.1  # a lower average comes from still pictures, not from the camera
_ROUNDING_S = 0.01
_PLAIN_LUMA = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"}
)
_UNUSUAL = 3.0  # times the usual change of the last second: what moves all the time is no cut

Thumb = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Blocks = np.ndarray[Any, np.dtype[np.floating[Any]]]


class VideoError(DermcurateError):
    """A video that cannot be read."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene: its first second, its end, and the moment of the frame that stands for it."""

    start_s: float
    end_s: float
    representative_s: float


@dataclass(frozen=True, slots=True)
class _Change:
    """How much each block of the picture changed since the frame before, and when."""

    at_s: float
    blocks: Blocks


class _Timed(NamedTuple):
    at_s: float
    frame: Any


def find_scenes(path: Path) -> list[Scene]:
    """Return the scenes of a video in order, without gaps, each a second or longer.

    Frames that no other frame refers to are skipped, so a cut is found to about two frames; where
    frames are few anyway none is. After `MAX_DURATION_S` a video is not looked at.

    Raises:
        VideoError: there is no video in the file, or none of it can be decoded.
    """
    with _opened(path) as (container, stream):
        frame_s = float(1 / stream.average_rate) if stream.average_rate else 0.04
        if frame_s <= _MAX_FRAME_S:
            stream.codec_context.skip_frame = "NONREF"
        changes, end_s = _measure(_frames(container, stream), min(frame_s, _MAX_FRAME_S))
        if end_s is not None and stream.duration:
            announced = float(stream.duration * stream.time_base)
            end_s = announced if end_s <= announced <= end_s + MIN_SCENE_S else end_s
    if end_s is None:
        raise VideoError("no frame of the video can be decoded")
    cuts = _cuts(changes)
    while cuts and end_s - cuts[-1] < MIN_SCENE_S:
        cuts.pop()
    edges = [0.0, *cuts, end_s]
    return [
        Scene(round(start, 3), round(end, 3), round((start + end) / 2, 1))
        for start, end in pairwise(edges)
    ]


def read_frame(path: Path, at_s: float) -> Pixels:
    """Return the frame shown at a second: upright, RGB, shape (height, width, 3).

    Raises:
        VideoError: the video cannot be read there.
    """
    return next(read_frames(path, [at_s]))


def read_frames(path: Path, moments: Iterable[float]) -> Iterator[Pixels]:
    """Yield the frame shown at each of the moments, which rise; the last frame stands for later.

    Raises:
        VideoError: the video cannot be read.
    """
    with _opened(path) as (container, stream):
        reader = _Reader(container, stream)
        for moment in moments:
            yield reader.frame_at(moment)


class _Reader:
    """Goes through a video by moments that rise."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        self._frames = _frames(container, stream)
        self._shown: _Timed | None = None
        self._ahead: _Timed | None = None
        self._may_seek = True

    def frame_at(self, moment: float) -> Pixels:
        self._come_near(moment)
        while True:
            self._ahead = self._ahead or next(self._frames, None)
            if self._ahead is None or self._ahead.at_s > moment + _ROUNDING_S:
                break
            self._shown, self._ahead = self._ahead, None
        found = self._shown or self._ahead
        if found is None:
            raise VideoError(f"no frame of the video can be decoded at {moment:.1f} s")
        return _upright(found.frame)

    def _come_near(self, moment: float) -> None:
        reached = max(each.at_s if each else 0.0 for each in (self._shown, self._ahead))
        if not self._may_seek or moment - reached <= _FORWARD_S:
            return
        start = self._stream.start_time or 0
        try:
            self._container.seek(int(moment / self._stream.time_base) + start, stream=self._stream)
        except av.FFmpegError:
            self._may_seek = False
            return
        self._frames = _frames(self._container, self._stream)
        self._ahead = next(self._frames, None)
        # key frames so far apart that a seek leads back: from here on only forward
        self._may_seek = self._ahead is not None and self._ahead.at_s > reached


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """Give the container and its first video stream, set up for decoding."""
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as fault:
        raise VideoError(f"the file is not a video that can be read: {_told(fault)}") from fault
    try:
        if not container.streams.video:
            raise VideoError("there is no video in the file")
        stream = container.streams.video[0]
        width, height = stream.codec_context.width or 0, stream.codec_context.height or 0
        if width * height > MAX_PIXELS:
            raise VideoError(f"frames of {width} x {height} pixels are too large")
        stream.thread_type = "AUTO"
        yield container, stream
    finally:
        container.close()


def _told(fault: Exception) -> str:
    return getattr(fault, "strerror", None) or type(fault).__name__


def _frames(container: Any, stream: Any) -> Iterator[_Timed]:
    """Yield frames with their time; packets that cannot be decoded are passed over."""
    n_bad = 0
    start = stream.start_time or 0
    for packet in _packets(container, stream):
        try:
            decoded = packet.decode()
        except av.FFmpegError:
            n_bad += 1
            if n_bad > _MAX_BAD_PACKETS:
                return
            continue
        for frame in decoded:
            if frame.pts is None:
                continue
            at_s = max(0.0, float((frame.pts - start) * frame.time_base))
            if at_s > MAX_DURATION_S:
                return
            yield _Timed(at_s, frame)


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    try:
        yield from container.demux(stream)
    except av.FFmpegError as fault:
        log.warning("%s: the video ends in the middle: %s", container.name, _told(fault))


def _measure(frames: Iterable[_Timed], frame_s: float) -> tuple[list[_Change], float | None]:
    """Return the change at each frame, and the second in which the last one ends."""
    changes: list[_Change] = []
    before: Thumb | None = None
    last_s: float | None = None
    for at_s, frame in frames:
        thumb = _thumb(frame)
        if before is not None and last_s is not None:
            difference = np.abs(thumb - before)
            blocks = difference.reshape(_BLOCKS[1], 4, _BLOCKS[0], 4).mean(axis=(1, 3))
            # frames were skipped: the change came somewhere between the two
            skipped_s = at_s - last_s - frame_s
            early = skipped_s / 2 if 0 < skipped_s <= _MAX_SKIPPED * frame_s else 0.0
            changes.append(_Change(at_s - early, blocks))
        before, last_s = thumb, at_s
    return changes, None if last_s is None else last_s + frame_s


def _thumb(frame: Any) -> Thumb:
    """Return a frame's brightness in 64 x 36 pixels."""
    if frame.format.name in _PLAIN_LUMA:
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        luma = rows[: frame.height, : frame.width]
    else:
        luma = frame.to_ndarray(format="gray")
    small = cv2.resize(luma, _THUMB, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _cuts(changes: list[_Change]) -> list[float]:
    """Return the seconds in which a scene begins, at least a second apart."""
    cuts: list[float] = []
    recent: deque[_Change] = deque()
    usual = np.zeros((_BLOCKS[1], _BLOCKS[0]), np.float64)  # the sum over the last second
    for change in changes:
        while recent and change.at_s - recent[0].at_s > 1.0:
            usual -= recent.popleft().blocks
        if change.at_s - (cuts[-1] if cuts else 0.0) >= MIN_SCENE_S and _is_cut(
            change.blocks, usual / max(1, len(recent))
        ):
            cuts.append(change.at_s)
        recent.append(change)
        usual += change.blocks
    return cuts


def _is_cut(blocks: Blocks, usual: Blocks) -> bool:
    """Tell whether a change is large, and larger than what moves in the same place anyway."""
    if blocks.mean() > max(_MEAN_CHANGE, _UNUSUAL * float(usual.mean())):
        return True
    return bool((blocks > np.maximum(_BLOCK_CHANGE, _UNUSUAL * usual)).mean() > _BLOCK_SHARE)


def _upright(frame: Any) -> Pixels:
    """Return a frame as RGB, turned as its display matrix says."""
    pixels = frame.to_ndarray(format="rgb24")
    turned: Pixels = np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))
    return turned
