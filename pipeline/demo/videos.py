"""The demo's lectures: mp4 files with real scene changes, and captions timed to the scenes.

Written as `youtube/<id>.mp4`, `<id>.json3`, `<id>.jpg` and `videos.json`, which the server reads.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from pipeline.demo.captions import json3, manual_json3, rolling_vtt
from pipeline.demo.cases import Case, draw_case, first_upper, make_case, narration
from pipeline.demo.diseases import DISEASES
from pipeline.demo.figures import draw_chart
from pipeline.demo.pictures import Picture, encode_jpeg, generator
from pipeline.demo.slides import (
    LOOKS,
    draw_picture_slide,
    draw_speaker,
    draw_text_slide,
    make_speaker,
)
from pipeline.demo.truth import Place, TruthBook
from pipeline.demo.video_plans import VIDEOS, ScenePlan, VideoPlan

WIDTH, HEIGHT, RATE = 640, 360, 12
_SOUND_RATE = 22_050
_SIZES = ((368, 276), (276, 276), (460, 270), (350, 210), (600, 272), (220, 276))


@dataclass(frozen=True, slots=True)
class _Scene:
    """A scene of a video with its place in time and what is said over it."""

    plan: ScenePlan
    number: int
    start_s: float
    case: Case | None
    words: str

    @property
    def end_s(self) -> float:
        return self.start_s + self.plan.seconds


def write_videos(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write every video with its captions and record its scenes."""
    rows = []
    for plan in VIDEOS:
        scenes = _scenes(plan, seed)
        rows.append(_row(plan, scenes))
        item = Place("youtube", plan.video_id)
        if plan.is_removed:
            truth.plant("removed_video", "not_collected", "The player says it was removed.", item)
            continue
        if plan.is_private:
            truth.plant("private_video", "not_collected", "The player says it is private.", item)
            continue
        if plan.licence is None:
            note = "Found by the licence filter, but the watch page has no licence row."
            truth.plant("unlicensed_video", "not_collected", note, item)
        _encode(folder / f"{plan.video_id}.mp4", _frames(plan, scenes, seed))
        _write_captions(folder, plan, scenes, truth)
        middle = _still(plan, scenes[1], seed)
        (folder / f"{plan.video_id}.jpg").write_bytes(encode_jpeg(middle))
        for scene in scenes:
            _record(plan, scene, truth)
    (folder / "videos.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


def _write_captions(folder: Path, plan: VideoPlan, scenes: list[_Scene], truth: TruthBook) -> None:
    """Write the captions in every form; which of them the server gives, the plan says."""
    item = Place("youtube", plan.video_id)
    passages = [(scene.start_s, scene.end_s, scene.words) for scene in scenes]
    forms = {
        "json3": json.dumps(json3(passages, plan.duration_s), ensure_ascii=False),
        "manual.json3": json.dumps(manual_json3(passages), ensure_ascii=False),
        "vtt": rolling_vtt(passages),
    }
    for suffix, content in forms.items():
        (folder / f"{plan.video_id}.{suffix}").write_text(content, encoding="utf-8")
    if plan.captions == "vtt":
        note = "json3 comes empty with status 200, rolling WebVTT does not."
        truth.plant("captions_as_vtt", "kept", note, item)
    if plan.captions == "manual":
        note = "A person's captions stand beside the machine's."
        truth.plant("manual_captions", "kept", note, item)
    if plan.is_busy_once:
        note = "The first request for its captions is answered with 429."
        truth.plant("busy_video", "kept", note, item)


def _scenes(plan: VideoPlan, seed: int) -> list[_Scene]:
    scenes, start = [], 0.0
    for number, scene in enumerate(plan.scenes):
        case = None
        if scene.kind in ("slide", "full"):
            case = make_case(seed, f"youtube {plan.video_id} {number}", scene.disease)
        scenes.append(_Scene(scene, number, start, case, _words(plan, scene, case)))
        start += scene.seconds
    return scenes


def _words(plan: VideoPlan, scene: ScenePlan, case: Case | None) -> str:
    if case is not None:
        return narration(case)
    if scene.kind == "text":
        disease = DISEASES[scene.disease]
        return f"Remember {disease.name}: {disease.morphology}, often on the {disease.sites[0]}."
    if scene.kind == "chart":
        return "This chart shows how many patients got better with treatment."
    if scene.kind == "title":
        return f"Welcome. Today we talk about {plan.title.split(':')[0].lower()}."
    return "Take a careful history, look at the whole skin and ask about medicines."


def _still(plan: VideoPlan, scene: _Scene, seed: int) -> Picture:
    """Return the picture of a scene that does not move."""
    rng = generator(seed, f"scene {plan.video_id} {scene.number}")
    look = LOOKS[(VIDEOS.index(plan) * 2 + scene.number) % len(LOOKS)]
    if scene.case is not None and scene.plan.kind == "full":
        return draw_case(scene.case, WIDTH, HEIGHT)
    if scene.case is not None:
        title = first_upper(scene.case.disease.name)
        wide, tall = _SIZES[int(rng.integers(len(_SIZES)))]
        return draw_picture_slide(
            look,
            WIDTH,
            HEIGHT,
            title=title,
            picture=draw_case(scene.case, wide, tall),
            on_left=bool(rng.random() < 0.5),
            note=first_upper(scene.case.disease.morphology),
        )
    if scene.plan.kind == "chart":
        groups = ("before", "week 6", "week 12")
        return draw_chart(rng, WIDTH, HEIGHT, title="Treatment response", groups=groups)
    if scene.plan.kind == "text":
        disease = DISEASES[scene.plan.disease]
        bullets = (disease.morphology, ", ".join(disease.sites), f"symptoms: {disease.symptom}")
        return draw_text_slide(look, WIDTH, HEIGHT, title=first_upper(disease.name), lines=bullets)
    lines = ("Invented Society of Dermatology", f"Recorded {plan.published}")
    return draw_text_slide(look, WIDTH, HEIGHT, title=plan.title.split(":")[0], lines=lines)


def _frames(plan: VideoPlan, scenes: list[_Scene], seed: int) -> Iterator[Picture]:
    """Yield every frame: stills, slow zooms over full-frame skin, a lecturer who moves."""
    rng = generator(seed, f"speaker {plan.video_id}")
    speaker = make_speaker(rng, WIDTH, HEIGHT)
    for scene in scenes:
        count = round(scene.plan.seconds * RATE)
        if scene.plan.kind == "talk":
            for frame in range(0, count, 2):  # a pose is held for two frames
                pose = draw_speaker(speaker, frame / RATE)
                yield from [pose] * min(2, count - frame)
            continue
        still = _still(plan, scene, seed)
        for frame in range(count):
            yield _zoomed(still, frame / count * 0.08) if scene.plan.kind == "full" else still


def _zoomed(picture: Picture, share: float) -> Picture:
    grown = 1 + share
    move = np.array([[grown, 0, -WIDTH * share / 2], [0, grown, -HEIGHT * share / 2]], np.float64)
    return np.asarray(cv2.warpAffine(picture, move, (WIDTH, HEIGHT)), np.uint8)


def _encode(path: Path, frames: Iterator[Picture]) -> None:
    """Encode frames and silence in mp4, on one thread so that the bytes are always the same."""
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "superfast", "crf": "23", "threads": "1"}
        sound = container.add_stream("aac", rate=_SOUND_RATE, layout="mono")
        count = 0
        for picture in frames:
            count += 1
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        for start in range(0, count * _SOUND_RATE // RATE, 1024):
            silence = np.zeros((1, 1024), np.float32)
            beat = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            beat.sample_rate, beat.pts = _SOUND_RATE, start
            container.mux(sound.encode(beat))
        container.mux(sound.encode())


def _row(plan: VideoPlan, scenes: list[_Scene]) -> dict[str, Any]:
    chapters = "\n".join(
        f"{int(scene.start_s) // 60}:{int(scene.start_s) % 60:02d} "
        f"{first_upper(scene.plan.disease or scene.plan.kind)}"
        for scene in scenes
    )
    names = ", ".join(sorted({scene.plan.disease for scene in scenes if scene.plan.disease}))
    return {
        "id": plan.video_id,
        "title": plan.title,
        "description": f"A dermatology lecture on skin disease: {names}.\n\n{chapters}",
        "published": plan.published,
        "duration_s": plan.duration_s,
        "licence": plan.licence,
        "is_found_as_free": plan.is_found_as_free,
        "is_removed": plan.is_removed,
        "is_private": plan.is_private,
        "is_busy_once": plan.is_busy_once,
        "captions": plan.captions,
        "is_ciphered": plan.is_ciphered,
        "width": WIDTH,
        "height": HEIGHT,
        "rate": RATE,
    }


def _record(plan: VideoPlan, scene: _Scene, truth: TruthBook) -> None:
    seconds = (scene.start_s, scene.end_s)
    place = Place("youtube", plan.video_id, f"t={seconds[0]:.1f}-{seconds[1]:.1f}")
    if scene.case is not None:
        truth.add_skin(place, scene.case, seconds=seconds)
    elif scene.plan.kind == "talk":
        truth.add_other(place, "talking_head", seconds=seconds)
    elif scene.plan.kind == "chart":
        truth.add_other(place, "chart", seconds=seconds)
    else:
        disease = scene.plan.disease or None
        truth.add_other(place, "text_slide", disease=disease, seconds=seconds)
