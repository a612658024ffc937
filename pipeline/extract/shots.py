"""Shots of a video: stretches of frames without a change, found in one pass."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pipeline.extract.changes import (
    COLUMNS,
    ROWS,
    Levels,
    Luma,
    Mask,
    block_changes,
    has_moved,
    is_blank,
    is_mixed,
    is_new,
    only_adds,
    sharpness_of,
    sketch_of,
    thumb_of,
)

MIN_SHOT_S = 1.0
_MAX_SKIPPED = 4  # frames in a row that no other refers to; a longer gap is a still picture
_LOOK_S = 0.25  # between the looks that see what changes slowly
_LAG_S = 1.0  # over which slow changes are measured
_USUAL_S = 4.0  # over which slow movement is remembered
_CONFIRM_S = 0.6  # after which a change must still stand: a flash does not
_MAX_UNSETTLED_S = 2.5  # a dissolve takes no longer
_STILL_MEAN, _STILL_BLOCK = 1.0, 6.0  # grey levels from look to look
_MOVES, _LIVELY_SHARE = 0.8, 0.3  # grey levels from frame to frame; of the last second's frames


class Look(NamedTuple):
    """What was seen at a moment."""

    at_s: float
    thumb: Levels
    sketch: Luma
    lively: Mask  # the blocks in which something moved all through the second before


@dataclass(slots=True)
class Shot:
    """A stretch without a change; ``grows`` if it shows what the one before does, and more."""

    start_s: float
    before: Look | None = None  # the last look at the shot before
    grows: bool = False
    is_blank: bool = False
    is_settled: bool = False  # past the transition that it begins with
    sharp: list[tuple[float, float]] = field(default_factory=list)  # moments and sharpness


class ShotFinder:
    """Finds shots in frames that are shown to it one after the other.

    ``frame_s`` is how long a frame is shown at the video's average rate.
    """

    def __init__(self, frame_s: float) -> None:
        self.shots: list[Shot] = []
        self._frame_s = frame_s
        self._before: tuple[float, Levels, Luma] | None = None
        self._recent: deque[tuple[float, Levels]] = deque()
        self._usual = np.zeros((ROWS, COLUMNS), np.float64)  # the sum over the last second
        self._moving = np.zeros((ROWS, COLUMNS), np.int64)  # in how many frames of it
        self._looks: deque[Look] = deque()  # of the last second, within the shot
        self._lagged: deque[tuple[float, Levels]] = deque()

    def show(self, at_s: float, luma: Luma) -> None:
        """Look at a frame: its moment, later than all before, and its brightness."""
        thumb = thumb_of(luma)
        if self._before is None:
            self.shots.append(Shot(0.0, is_settled=True))
        else:
            self._compare(self._before, at_s, thumb, luma)
        if not self._looks or at_s - self._looks[-1].at_s >= _LOOK_S - self._frame_s / 2:
            self._look(self._seen(at_s, thumb, luma), luma)
        self._before = at_s, thumb, luma

    def finish(self, end_s: float) -> list[Shot]:
        """Return the shots of a video that has ended."""
        if self._before is not None:
            self._conclude(self._seen(*self._before))
        while len(self.shots) > 1 and end_s - self.shots[-1].start_s < MIN_SHOT_S:
            self.shots.pop()
        return self.shots

    def _compare(
        self, before: tuple[float, Levels, Luma], at_s: float, thumb: Levels, luma: Luma
    ) -> None:
        """Begin a shot if a frame differs from the one before."""
        last_s, last_thumb, last_luma = before
        blocks = block_changes(thumb, last_thumb)
        # frames were skipped: the change came somewhere between the two
        skipped_s = at_s - last_s - self._frame_s
        n_frames = 1.0
        if 0 < skipped_s <= _MAX_SKIPPED * self._frame_s:
            at_s -= skipped_s / 2
            n_frames += skipped_s / self._frame_s
        while self._recent and at_s - self._recent[0][0] > 1.0:
            gone = self._recent.popleft()[1]
            self._usual -= gone
            self._moving -= gone > _MOVES
        usual = n_frames * self._usual / max(1, len(self._recent))
        if at_s - self.shots[-1].start_s >= MIN_SHOT_S and is_new(blocks, usual):
            look = self._seen(last_s, last_thumb, last_luma)
            if self._looks:  # what moves in the transition itself is not lively
                look = look._replace(lively=self._looks[0].lively)
            if not has_moved(look.sketch, sketch_of(luma)):
                self._begin(at_s, look)
        blocks = blocks / n_frames
        self._recent.append((at_s, blocks))
        self._usual += blocks
        self._moving += blocks > _MOVES

    def _begin(self, at_s: float, before: Look) -> None:
        self._conclude(before)
        self.shots.append(Shot(at_s, before))
        self._looks.clear()
        self._lagged.clear()

    def _look(self, look: Look, luma: Luma) -> None:
        """Settle the shot, or see what changes slowly in it."""
        shot = self.shots[-1]
        last = self._looks[-1] if self._looks else None
        self._looks.append(look)
        while len(self._looks) > 2 and look.at_s - self._looks[1].at_s >= _LAG_S:
            self._looks.popleft()
        if not shot.is_settled:
            if last is not None and self._is_settled(shot, last, look):
                self._conclude(look)
            return
        shot.is_blank = (shot.is_blank or not shot.sharp) and is_blank(look.thumb)
        shot.sharp.append((look.at_s, sharpness_of(luma)))
        if look.at_s - self._looks[0].at_s >= _LAG_S - self._frame_s:
            self._see_slow_change(look)

    def _is_settled(self, shot: Shot, last: Look, look: Look) -> bool:
        lasts_s = look.at_s - shot.start_s
        calm = True if shot.before is None else ~shot.before.lively
        moved = block_changes(look.thumb, last.thumb) * calm
        is_still = bool(moved.mean() < _STILL_MEAN and moved.max() < _STILL_BLOCK)
        return lasts_s >= _MAX_UNSETTLED_S or (is_still and lasts_s >= _CONFIRM_S)

    def _conclude(self, look: Look) -> None:
        """End the transition that a shot begins with; undo the shot if nothing came of it."""
        shot = self.shots[-1]
        before, shot.before, shot.is_settled = shot.before, None, True
        if before is None:
            return
        self._looks = deque([look])
        blocks = block_changes(look.thumb, before.thumb) * ~before.lively
        if is_new(blocks, np.zeros_like(blocks)):
            shot.grows = only_adds(before.sketch, look.sketch, before.lively)
        else:
            self.shots.pop()

    def _see_slow_change(self, look: Look) -> None:
        """Begin a shot where the picture became another one over the last second."""
        first = self._looks[0]
        blocks = block_changes(look.thumb, first.thumb)
        while self._lagged and look.at_s - self._lagged[0][0] > _USUAL_S:
            self._lagged.popleft()
        earlier = [each for at_s, each in self._lagged if at_s <= first.at_s]
        usual = np.mean(earlier, axis=0) if earlier else np.zeros_like(blocks)
        self._lagged.append((look.at_s, blocks))
        if not is_new(blocks, usual):
            return
        between = list(self._looks)[1:-1]
        is_a_dissolve = any(is_mixed(first.thumb, each.thumb, look.thumb) for each in between)
        if not is_a_dissolve or has_moved(first.sketch, look.sketch):
            return
        one, other = max(
            pairwise(self._looks), key=lambda two: block_changes(two[0].thumb, two[1].thumb).mean()
        )
        self._begin((one.at_s + other.at_s) / 2, first)

    def _seen(self, at_s: float, thumb: Levels, luma: Luma) -> Look:
        lively = self._moving > max(1, _LIVELY_SHARE * len(self._recent))
        return Look(at_s, thumb, sketch_of(luma), lively)
