"""Lectures with known scenes: cuts, dissolves, zooms, insets, burned captions, growing slides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from pipeline.demo.diseases import DISEASES
from pipeline.demo.pictures import flat, wrap_text, write_text
from pipeline.demo.skin import draw_skin
from pipeline.demo.slides import (
    LOOKS,
    draw_picture_slide,
    draw_speaker,
    draw_text_slide,
    make_speaker,
)

Picture = np.ndarray[Any, Any]
Drawn = Callable[[float], Picture]  # the picture a share of the scene's time in
VERSION = 3  # of the drawing: what was drawn otherwise is drawn anew
NAMES = sorted(DISEASES)
KINDS = ("full", "zoom", "pan", "slide", "two", "text", "bullets", "talk")
KIND_SHARES = (0.16, 0.12, 0.08, 0.22, 0.1, 0.12, 0.14, 0.06)
SPEECH = (
    *("as you can see here", "the plaque has a sharp border", "and a silvery scale"),
    *("this itches a lot", "now look at the nails", "we took a biopsy", "and it healed"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a video is written. ``gaps``: share of frames that are left out, as screen capture does.

    ``captions`` and ``inset``: whether words are burned in, and a moving speaker shown in a corner.
    """

    name: str
    suffix: str
    codec: str
    options: dict[str, str] = field(default_factory=dict)
    size: tuple[int, int] = (854, 480)
    rate: int = 25
    gaps: float = 0.0
    captions: bool = False
    inset: bool = False


X264 = {"preset": "veryfast", "crf": "23"}
FIXED = X264 | {"g": "128", "keyint_min": "128", "sc_threshold": "0"}
VP9 = {"deadline": "realtime", "cpu-used": "8", "b": "800k", "row-mt": "1"}
ENCODINGS = (
    Encoding("x264 720p", "mp4", "libx264", X264, (1280, 720)),
    Encoding("x264, captions, inset", "mp4", "libx264", X264, captions=True, inset=True),
    Encoding("x264 720p, fixed GOP", "mp4", "libx264", FIXED, (1280, 720), inset=True),
    Encoding("x264, fixed GOP, 30", "mp4", "libx264", FIXED, rate=30, captions=True),
    Encoding("x264, variable rate", "mkv", "libx264", X264, rate=30, gaps=0.6, inset=True),
    Encoding("VP9", "webm", "libvpx-vp9", VP9, (640, 360), captions=True),
    Encoding("MPEG-4 part 2", "avi", "mpeg4", {"qscale": "5", "g": "250"}, (640, 480), inset=True),
)


@dataclass(frozen=True, slots=True)
class TrueScene:
    """A scene as it was drawn; its transition ends at ``settled_s``.

    From ``full_s`` on, all that it comes to show is shown.
    """

    kind: str
    transition: str
    start_s: float
    settled_s: float
    full_s: float
    end_s: float


def write_video(folder: Path, encoding: Encoding, seed: int, seconds: float) -> Path:
    """Write a video unless it stands, and return its path; beside it stands its truth."""
    name = f"{encoding.name.replace(', ', '-').replace(' ', '-')}-{seed}-{seconds:.0f}-v{VERSION}"
    path = folder / f"{name}.{encoding.suffix}"
    if path.with_suffix(".json").exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, ENCODINGS.index(encoding)])
    scenes = list(_plan(rng, encoding.rate, seconds))
    _encode(path, encoding, _frames(rng, encoding, scenes))
    truth = json.dumps([asdict(scene) for scene in scenes])
    path.with_suffix(".json").write_text(truth, encoding="utf-8")
    return path


def read_truth(path: Path) -> list[TrueScene]:
    """Return the scenes of a video that `write_video` wrote."""
    return [TrueScene(**told) for told in json.loads(path.with_suffix(".json").read_text("utf-8"))]


def _plan(rng: np.random.Generator, rate: int, seconds: float) -> Iterator[TrueScene]:
    start, before = 0.0, ""
    while start < seconds - 3:
        kinds = [kind for kind in KINDS if kind != before or kind not in ("talk", "bullets")]
        shares = np.array([KIND_SHARES[KINDS.index(kind)] for kind in kinds])
        kind = str(rng.choice(kinds, p=shares / shares.sum()))
        wide = kind in ("bullets", "zoom", "pan")
        length = round(rng.uniform(6, 10) if wide else rng.uniform(2.2, 7), 1)
        transition, takes = "cut", 0.0
        if before and rng.random() < 0.28:
            transition = "dissolve" if rng.random() < 0.7 else "fade"
            takes = round(float(rng.uniform(0.4, 1.4)), 2)
        n_frames = round(takes * rate)
        settled = start + n_frames / rate
        end = round((settled + length) * rate) / rate
        full = settled + (end - settled) * _last_bullet() if kind == "bullets" else settled
        yield TrueScene(kind, transition, start, settled, full, end)
        start, before = end, kind


def _last_bullet() -> float:
    return 0.75


def _photograph(rng: np.random.Generator, width: int, height: int) -> Picture:
    recipe = DISEASES[NAMES[int(rng.integers(len(NAMES)))]].recipe
    return draw_skin(rng, recipe, int(rng.integers(1, 7)), width, height)


def _note(rng: np.random.Generator) -> str:
    return DISEASES[NAMES[int(rng.integers(len(NAMES)))]].morphology


def _scene(rng: np.random.Generator, kind: str, width: int, height: int) -> Drawn:
    look = LOOKS[int(rng.integers(len(LOOKS)))]
    title = NAMES[int(rng.integers(len(NAMES)))].capitalize()
    if kind in ("full", "zoom", "pan"):
        return _moving(rng, kind, _photograph(rng, width, height))
    if kind == "talk":
        speaker = make_speaker(rng, width, height)
        return lambda share: draw_speaker(speaker, share * 8)
    if kind == "bullets":
        return _growing(rng, width, height, title)
    if kind == "text":
        lines = tuple(_note(rng) for _ in range(int(rng.integers(2, 5))))
        still = draw_text_slide(look, width, height, title=title, lines=lines)
    elif kind == "slide":
        small = _photograph(
            rng, int(width * rng.uniform(0.35, 0.7)), int(height * rng.uniform(0.5, 0.74))
        )
        still = draw_picture_slide(
            look, width, height, title=title, picture=small, on_left=bool(rng.random() < 0.5),
            note=_note(rng),
        )  # fmt: skip
    else:
        still = draw_text_slide(look, width, height, title=title, lines=())
        for place in range(2):
            small = _photograph(rng, int(width * 0.44), int(height * 0.6))
            left, top = int(width * (0.04 + 0.48 * place)), int(height * 0.24)
            still[top : top + small.shape[0], left : left + small.shape[1]] = small
    return lambda _share: still


def _moving(rng: np.random.Generator, kind: str, still: Picture) -> Drawn:
    height, width = still.shape[:2]
    way = float(rng.choice([-1.0, 1.0]))

    def shown(share: float) -> Picture:
        if kind == "full":
            return still
        along = share if way > 0 else 1 - share
        grown = 1 + 0.15 * along if kind == "zoom" else 1.15
        left = width * (grown - 1) * (along if kind == "pan" else 0.5)
        move = np.array([[grown, 0, -left], [0, grown, -height * (grown - 1) / 2]])
        return np.asarray(cv2.warpAffine(still, move, (width, height)), np.uint8)

    return shown


def _growing(rng: np.random.Generator, width: int, height: int, title: str) -> Drawn:
    """Show a line more at 0, 1, 2, 3 quarters of the time; in half of the cases each fades in."""
    look = LOOKS[int(rng.integers(len(LOOKS)))]
    lines = [wrap_text(f"- {_note(rng)}", size=height // 20, width=int(width * 0.8)).split("\n")[0]
             for _ in range(4)]  # fmt: skip
    states = [draw_text_slide(look, width, height, title=title, lines=())]
    for number, line in enumerate(lines):
        at = (int(width * 0.06), int(height * (0.25 + 0.12 * number)))
        grown = write_text(states[-1].copy(), at, line, size=height // 20, colour=look.ink)
        states.append(grown)
    states = states[1:]
    fades = bool(rng.random() < 0.5)

    def shown(share: float) -> Picture:
        place = min(3, int(share * 4))
        within = share * 4 - place
        if fades and place and within < 0.2:
            weight = within / 0.2
            return cv2.addWeighted(states[place], weight, states[place - 1], 1 - weight, 0)
        return states[place]

    return shown


def _frames(
    rng: np.random.Generator, encoding: Encoding, scenes: list[TrueScene]
) -> Iterator[tuple[int, Picture]]:
    """Yield frames with their number."""
    width, height = encoding.size
    over = _Overlay(rng, encoding)
    before, number = flat(width, height, (0, 0, 0)), 0
    for scene in scenes:
        drawn = _scene(rng, scene.kind, width, height)
        n_frames = round((scene.end_s - scene.start_s) * encoding.rate)
        changing = round((scene.settled_s - scene.start_s) * encoding.rate)
        moves = scene.kind in ("zoom", "pan", "talk")
        picture = drawn(0.0)
        for frame in range(n_frames):
            share = max(0, frame - changing) / max(1, n_frames - changing)
            picture = drawn(share)
            shown = picture
            if frame < changing:
                shown = _blend(scene.transition, before, picture, (frame + 1) / (changing + 1))
            is_left_out = frame > changing and not moves and rng.random() < encoding.gaps
            if not is_left_out:
                yield number, over.add(shown, number / encoding.rate)
            number += 1
        before = picture


def _blend(transition: str, before: Picture, after: Picture, weight: float) -> Picture:
    if transition == "dissolve":
        return np.asarray(cv2.addWeighted(after, weight, before, 1 - weight, 0), np.uint8)
    source, light = (before, 1 - 2 * weight) if weight < 0.5 else (after, 2 * weight - 1)
    return np.asarray(cv2.convertScaleAbs(source, alpha=light), np.uint8)


class _Overlay:
    """What lies over all scenes: burned captions, and a speaker in a corner, now and then."""

    def __init__(self, rng: np.random.Generator, encoding: Encoding) -> None:
        self._encoding = encoding
        self._phase = float(rng.uniform(0, 3))
        self._lines = [SPEECH[int(n)] for n in rng.integers(len(SPEECH), size=400)]
        width, height = encoding.size
        self._box = (int(width * 0.22), int(height * 0.24))
        self._speaker = make_speaker(rng, *self._box)
        self._corner = int(rng.integers(3))

    def add(self, picture: Picture, at_s: float) -> Picture:
        shown = picture
        width, height = self._encoding.size
        if self._encoding.inset and (at_s + self._phase) % 31 < 23:
            shown = shown.copy()
            across, down = self._box
            left = width - across - 12 if self._corner != 1 else 12
            top = 12 if self._corner != 2 else height - down - 12
            shown[top : top + down, left : left + across] = draw_speaker(self._speaker, at_s)
        line = self._lines[int(at_s / 2.6)]
        if self._encoding.captions and (at_s / 2.6) % 1 < 0.85:
            shown = shown.copy() if shown is picture else shown
            bottom, tall = round(height * 0.95), round(height * 0.07)
            half = round(len(line) * tall * 0.24)
            middle = width // 2
            cv2.rectangle(
                shown, (middle - half, bottom - tall), (middle + half, bottom), (0, 0, 0), -1
            )
            at = (middle - half + 6, bottom - tall // 4)
            cv2.putText(shown, line, at, 0, tall / 46, (255, 255, 255), 1, cv2.LINE_AA)
        return shown


def _encode(path: Path, encoding: Encoding, frames: Iterator[tuple[int, Picture]]) -> None:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(encoding.codec, rate=encoding.rate)
        stream.width, stream.height = encoding.size
        stream.pix_fmt = "yuv420p"
        stream.options = encoding.options
        stream.codec_context.time_base = Fraction(1, encoding.rate)
        for number, picture in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts = number
            frame.time_base = Fraction(1, encoding.rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
