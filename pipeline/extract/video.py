"""Frames of a video by time: opened, decoded and turned upright."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace

from pipeline.errors import DermcurateError
from pipeline.extract.changes import Luma
from pipeline.images.decode import MAX_PIXELS, Pixels

log = logging.getLogger(__name__)

MAX_DURATION_S = 4 * 3600.0
MAX_FRAMES = 1_500_000
_MAX_BAD_PACKETS = 200
_FORWARD_S = 10.0  # a frame no further ahead is reached by decoding on, not by seeking
_ROUNDING_S = 0.01
_PLAIN_LUMA = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"}
)
_UNSTATED = 2  # of a frame's colour space
_HIGH_DEFINITION_PX = 720  # lines from which on colours that are not stated are those of BT.709
_COMB_LEVELS = 10  # by which a line stands out from both its neighbours where two fields differ


class VideoError(DermcurateError):
    """A video that cannot be read."""


class Timed(NamedTuple):
    """A frame and the second in which it begins to be shown."""

    at_s: float
    frame: Any


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
    with open_video(path) as (container, stream):
        reader = _Reader(container, stream)
        for moment in moments:
            yield reader.frame_at(moment)


class _Reader:
    """Goes through a video by moments that rise."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        self._frames = timed_frames(container, stream)
        self._shown: Timed | None = None
        self._ahead: Timed | None = None
        self._may_seek = stream.start_time is not None  # a bare stream tells no times

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
        return _upright(found.frame, self._stream)

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
        self._frames = timed_frames(self._container, self._stream)
        self._ahead = next(self._frames, None)
        # key frames so far apart that a seek leads back: from here on only forward
        self._may_seek = self._ahead is not None and self._ahead.at_s > reached


@contextmanager
def open_video(path: Path) -> Iterator[tuple[Any, Any]]:
    """Give the container and its first video stream, set up for decoding.

    Raises:
        VideoError: there is no video in the file, or its frames are too large.
    """
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as fault:
        raise VideoError(f"the file is not a video that can be read: {_told(fault)}") from fault
    try:
        if not container.streams.video:
            raise VideoError("there is no video in the file")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise VideoError("the video is in a form that cannot be decoded")
        width, height = stream.codec_context.width or 0, stream.codec_context.height or 0
        if width * height > MAX_PIXELS:
            raise VideoError(f"frames of {width} x {height} pixels are too large")
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        stream.codec_context.thread_count = 1  # several videos are read at a time
        yield container, stream
    finally:
        container.close()


def _told(fault: Exception) -> str:
    return getattr(fault, "strerror", None) or type(fault).__name__


def length_s(stream: Any) -> float | None:
    """Return how long a video says that it is."""
    return float(stream.duration * stream.time_base) if stream.duration else None


def key_frames(container: Any, stream: Any) -> Iterator[Timed]:
    """Yield the frames that can be decoded without any other."""
    stream.codec_context.skip_frame = "NONKEY"
    packets = (each for each in _packets(container, stream) if each.is_keyframe or not each.size)
    yield from _decoded(packets, stream)


def timed_frames(container: Any, stream: Any) -> Iterator[Timed]:
    """Yield frames with rising times; packets that cannot be decoded are passed over."""
    yield from _decoded(_packets(container, stream), stream)


def _decoded(packets: Iterable[Any], stream: Any) -> Iterator[Timed]:
    n_bad, n_frames = 0, 0
    start = stream.start_time or 0
    frame_s = float(1 / stream.average_rate) if stream.average_rate else 0.04
    last_s: float | None = None
    for number, packet in enumerate(packets):
        try:
            decoded = packet.decode()
        except (av.FFmpegError, ValueError):
            n_bad += 1
            if n_bad > _MAX_BAD_PACKETS:
                return
            continue
        for frame in decoded:
            stamp = frame.pts if frame.pts is not None else frame.dts
            if stamp is None:  # then a packet is a frame
                at_s = number * frame_s
            else:
                at_s = max(0.0, float((stamp - start) * (frame.time_base or stream.time_base)))
            n_frames += 1
            if at_s > MAX_DURATION_S or n_frames > MAX_FRAMES:
                log.warning("%s: what comes after %.0f s is not looked at", stream, at_s)
                return
            if last_s is None or at_s > last_s:
                last_s = at_s
                yield Timed(at_s, frame)


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    try:
        yield from container.demux(stream)
    except av.FFmpegError as fault:
        log.warning("%s: the video ends in the middle: %s", container.name, _told(fault))


def luma_of(frame: Any) -> Luma:
    """Return a frame's brightness, upright, shape (height, width)."""
    if frame.format.name in _PLAIN_LUMA:
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        luma = rows[: frame.height, : frame.width]
    else:
        luma = frame.to_ndarray(format="gray")
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(luma, turns)) if turns else luma


def _upright(frame: Any, stream: Any) -> Pixels:
    """Return a frame as RGB, with square pixels, turned as its display matrix says."""
    source = None
    if frame.colorspace == _UNSTATED and frame.height >= _HIGH_DEFINITION_PX:
        source = Colorspace.ITU709
    pixels = frame.reformat(format="rgb24", src_colorspace=source).to_ndarray()
    if frame.interlaced_frame:
        pixels = without_combs(pixels)
    ratio = stream.sample_aspect_ratio
    if ratio and 0.2 < ratio < 5 and ratio != 1:
        size = (max(1, round(frame.width * float(ratio))), frame.height)
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    turned: Pixels = np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))
    return turned


def without_combs(pixels: Pixels) -> Pixels:
    """Return an interlaced frame with every second line made anew where the fields differ."""
    above, line, below = (pixels[first : len(pixels) - 2 + first : 2].astype(np.int16)
                          for first in (0, 1, 2))  # fmt: skip
    over, under = line - above, line - below
    stands_out = (over * under > 0) & (np.minimum(abs(over), abs(under)) > _COMB_LEVELS)
    combed = stands_out.any(axis=2, keepdims=True)
    mended: Pixels = pixels.copy()
    mended[1:-1:2] = np.where(combed, (above + below) // 2, line).astype(np.uint8)
    return mended
