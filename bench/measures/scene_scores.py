"""How well found scenes agree with the true ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measures.scene_videos import TrueScene


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of boundaries and of scenes; two scores add up."""

    n_true: int = 0
    n_found: int = 0
    n_right: int = 0
    n_scenes: int = 0
    n_covered: int = 0

    def __add__(self, other: Score) -> Score:
        """Return the counts of both."""
        return Score(
            self.n_true + other.n_true,
            self.n_found + other.n_found,
            self.n_right + other.n_right,
            self.n_scenes + other.n_scenes,
            self.n_covered + other.n_covered,
        )

    @property
    def precision(self) -> float:
        """Right boundaries among those found."""
        return self.n_right / self.n_found if self.n_found else 1.0

    @property
    def recall(self) -> float:
        """Right boundaries among the true ones."""
        return self.n_right / self.n_true if self.n_true else 1.0

    @property
    def coverage(self) -> float:
        """True scenes with a frame past their transition that shows all they come to show."""
        return self.n_covered / self.n_scenes if self.n_scenes else 1.0


def score_scenes(
    truth: Sequence[TrueScene], starts: Sequence[float], shown: Sequence[float], frame_s: float
) -> Score:
    """Score found boundaries (the start of all scenes but the first) and representatives.

    A boundary is right within two frames of a cut, or of a dissolve's or a fade's span; each true
    one counts once.
    """
    slack = 2.01 * frame_s
    left = sorted(starts)
    n_right = 0
    for scene in truth[1:]:
        near = [s for s in left if scene.start_s - slack <= s <= scene.settled_s + slack]
        if near:
            left.remove(near[0])
            n_right += 1
    covered = sum(
        any(scene.full_s + frame_s <= at <= scene.end_s - frame_s for at in shown)
        for scene in truth
    )
    return Score(len(truth) - 1, len(starts), n_right, len(truth), covered)
