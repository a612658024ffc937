"""Scenes of a video, each with the moment of the frame that stands for it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.extract.changes import (
    COLUMNS,
    ROWS,
    block_changes,
    has_moved,
    is_blank,
    is_new,
    only_adds,
    sharpness_of,
    sketch_of,
    thumb_of,
)
from pipeline.extract.shots import MIN_SHOT_S, Look, Shot, ShotFinder
from pipeline.extract.video import (
    Timed,
    VideoError,
    key_frames,
    length_s,
    luma_of,
    open_video,
    timed_frames,
)

log = logging.getLogger(__name__)

Mode = Literal["full", "triage"]

MAX_SCENES = 3000
_MAX_FRAME_S = 0.1  # a lower average comes from still pictures, not from the camera
_SHARP_SHARE = 0.85  # of the sharpest look: what is as sharp as that is sharp
_SHARP_MARGIN = 2.0  # less is the codec's doing
_EDGE_SHARE, _MAX_EDGE_S = 0.2, 2.0  # of a shot at either end, where transitions are
_MAX_KEY_GAP_S = 20.0  # on average; where key frames are fewer, they show too little


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene: its first second, its end, and the moment of the frame that stands for it."""

    start_s: float
    end_s: float
    representative_s: float


def find_scenes(path: Path, mode: Mode = "full") -> list[Scene]:
    """Return the scenes of a video in order, without gaps, at most `MAX_SCENES`.

    A slide to which lines are added is one scene, represented when all are there. In `full` mode
    frames that no other frame refers to are skipped, so a cut is found to about two frames; where
    frames are few anyway none is. `triage` decodes key frames alone, about ten times as fast: a
    scene then begins with the first key frame that shows it, and short ones are missed. A video
    with few key frames is looked at in full.

    Raises:
        VideoError: there is no video in the file, or none of it can be decoded.
    """
    found = _key_shots(path) if mode == "triage" else None
    shots, end_s = found or _shots(path)
    groups = _grouped(shots)
    if len(groups) > MAX_SCENES:
        log.warning("%s: of %d scenes the first %d are taken", path, len(groups), MAX_SCENES)
        end_s = groups[MAX_SCENES][0].start_s
        del groups[MAX_SCENES:]
    starts = [0.0, *(group[0].start_s for group in groups[1:]), end_s]
    return [
        Scene(round(start, 3), round(end, 3), _representative(group, end))
        for group, (start, end) in zip(groups, pairwise(starts), strict=True)
    ]


def _shots(path: Path) -> tuple[list[Shot], float]:
    """Return the shots of a video and the second in which it ends."""
    with open_video(path) as (container, stream):
        frame_s = float(1 / stream.average_rate) if stream.average_rate else 0.04
        if frame_s <= _MAX_FRAME_S:
            stream.codec_context.skip_frame = "NONREF"
        frame_s = min(frame_s, _MAX_FRAME_S)
        finder, last_s = ShotFinder(frame_s), None
        for last_s, frame in timed_frames(container, stream):
            finder.show(last_s, luma_of(frame))
        if last_s is None:
            raise VideoError("no frame of the video can be decoded")
        end_s = last_s + frame_s
        announced = length_s(stream)
    if announced is not None and end_s <= announced <= end_s + MIN_SHOT_S:
        end_s = announced
    return finder.finish(end_s), end_s


def _key_shots(path: Path) -> tuple[list[Shot], float] | None:
    """Return the shots that key frames show, or nothing if there are too few of those."""
    with open_video(path) as (container, stream):
        frames = key_frames(container, stream)
        shots, last_s, n_frames = _compared(frames)
        end_s = max(last_s, length_s(stream) or 0.0)
    if n_frames < 2 or end_s / n_frames > _MAX_KEY_GAP_S:
        return None
    return shots, max(end_s, last_s + 0.04)


def _compared(frames: Iterable[Timed]) -> tuple[list[Shot], float, int]:
    """Return shots between frames that lie far apart, the last moment, and how many frames."""
    shots: list[Shot] = []
    before: Look | None = None
    calm = np.zeros((ROWS, COLUMNS), np.bool_)
    n_frames = 0
    for at_s, frame in frames:
        n_frames += 1
        luma = luma_of(frame)
        look = Look(at_s, thumb_of(luma), sketch_of(luma), calm)
        if before is None:
            shots.append(Shot(0.0, is_blank=is_blank(look.thumb)))
        elif (
            at_s - shots[-1].start_s >= MIN_SHOT_S
            and is_new(block_changes(before.thumb, look.thumb), np.zeros((ROWS, COLUMNS)))
            and not has_moved(before.sketch, look.sketch)
        ):
            grows = only_adds(before.sketch, look.sketch, calm)
            shots.append(Shot(at_s, grows=grows, is_blank=is_blank(look.thumb)))
        shots[-1].sharp.append((at_s, sharpness_of(luma)))
        before = look
    return shots, before.at_s if before else 0.0, n_frames


def _grouped(shots: list[Shot]) -> list[list[Shot]]:
    """Return shots that make up a scene: a slide with its growth, nothing with what follows it."""
    groups: list[list[Shot]] = []
    for shot in shots:
        joins = groups and (shot.grows or all(each.is_blank for each in groups[-1]))
        if joins:
            groups[-1].append(shot)
        else:
            groups.append([shot])
    if len(groups) > 1 and all(each.is_blank for each in groups[-1]):
        groups[-2] += groups.pop()
    return groups


def _representative(group: list[Shot], end_s: float) -> float:
    """Return the moment, to a tenth of a second, of a sharp frame near a scene's middle.

    Of a slide that grew, it is the last state's.
    """
    ends = [*(each.start_s for each in group[1:]), end_s]
    seen = [(shot, end) for shot, end in zip(group, ends, strict=True) if not shot.is_blank]
    shot, end = (seen or [(group[-1], end_s)])[-1]
    edge = min(_MAX_EDGE_S, _EDGE_SHARE * (end - shot.start_s))
    middle = (shot.start_s + end) / 2
    looks = [each for each in shot.sharp if shot.start_s + edge <= each[0] <= end - edge]
    if not looks:
        return round(middle, 1)
    sharpest = max(sharpness for _, sharpness in looks)
    nearest = min(looks, key=lambda each: (abs(each[0] - middle), each[0]))
    if nearest[1] < min(_SHARP_SHARE * sharpest, sharpest - _SHARP_MARGIN):
        middle = min(
            (at_s for at_s, sharpness in looks if sharpness >= _SHARP_SHARE * sharpest),
            key=lambda at_s: (abs(at_s - middle), at_s),
        )
    return math.floor(middle * 10 + 0.5) / 10
