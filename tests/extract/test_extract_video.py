"""Videos: true cuts within two frames, true frames by time, and broken files as one error."""

from __future__ import annotations

import json

import av
import cv2
import numpy as np
import pytest

from pipeline.extract.lectures import assign_sentences, extract_lecture
from pipeline.extract.transcripts import Sentence
from pipeline.extract.video import Scene, VideoError, find_scenes, read_frame, read_frames
from schemas import IMAGES, PAIRS, TEXTS

RATE = 12
SIZE = (320, 180)
ITEM = {"item_id": "youtube:abc", "group_key": "youtube:abc"}


def still(number: int, grey: int = 0) -> np.ndarray:
    """Draw a textured picture that a number makes, its mean colour telling the number."""
    rng = np.random.default_rng(number)
    small = rng.integers(0, 90, (9, 16, 3)).astype(np.uint8)
    picture = cv2.resize(small, SIZE, interpolation=cv2.INTER_CUBIC)
    return np.clip(picture.astype(int) + 20 * (number % 8) + grey, 0, 255).astype(np.uint8)


def slide(lines: int) -> np.ndarray:
    """Draw a white slide with text."""
    picture = np.full((SIZE[1], SIZE[0], 3), 250, np.uint8)
    for line in range(lines):
        cv2.putText(picture, f"line {line}", (20, 30 + 28 * line), 0, 0.8, (20, 20, 30), 2)
    return picture


def encode(path, frames, *, codec="libx264", rotation=None, options=None, times=None):
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = options or ({"preset": "veryfast"} if codec == "libx264" else {})
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts = times[number] if times else number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def scenes_of(*lengths):
    return [still(n) for n, length in enumerate(lengths) for _ in range(round(length * RATE))]


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_cuts_are_found_within_two_frames(tmp_path, codec):
    lengths = (3, 2, 4.5, 1.5, 6, 2.25, 3)
    scenes = find_scenes(encode(tmp_path / "v.mp4", scenes_of(*lengths), codec=codec))
    truth = np.cumsum((0, *lengths))
    assert len(scenes) == len(lengths)
    for scene, start, end in zip(scenes, truth[:-1], truth[1:], strict=True):
        assert abs(scene.start_s - start) <= 2 / RATE
        assert abs(scene.end_s - end) <= 2 / RATE
        assert abs(scene.representative_s - (start + end) / 2) <= 2 / RATE


def test_cuts_between_key_frames_far_apart(tmp_path):
    options = {"preset": "medium", "g": "1000", "sc_threshold": "0", "bf": "3"}
    path = encode(tmp_path / "v.mp4", scenes_of(4, 3, 5, 2), options=options)
    starts = [scene.start_s for scene in find_scenes(path)]
    assert starts == pytest.approx([0, 4, 7, 12], abs=2 / RATE)


def test_a_change_of_text_is_a_cut_and_what_moves_all_the_time_is_none(tmp_path):
    frames = [slide(3) for _ in range(3 * RATE)] + [slide(5) for _ in range(3 * RATE)]
    for number, frame in enumerate(frames):
        left = 230 + round(8 * np.sin(number))
        frame[110:170, left : left + 60] = still(number // 100 + 3)[:60, :60]
    starts = [scene.start_s for scene in find_scenes(encode(tmp_path / "v.mp4", frames))]
    assert starts == pytest.approx([0, 3], abs=2 / RATE)


def test_a_slow_zoom_is_one_scene(tmp_path):
    frames = []
    for number in range(8 * RATE):
        grown = 1 + 0.1 * number / (8 * RATE)
        turn = cv2.getRotationMatrix2D((160, 90), 0, grown)
        frames.append(cv2.warpAffine(still(2), turn, SIZE))
    [scene] = find_scenes(encode(tmp_path / "v.mp4", frames))
    assert (scene.start_s, scene.representative_s) == (0.0, 4.0)
    assert scene.end_s == pytest.approx(8.0, abs=0.1)


def test_scenes_are_a_second_or_longer_and_leave_no_gap(tmp_path):
    scenes = find_scenes(encode(tmp_path / "v.mp4", scenes_of(2, 0.4, 0.4, 3, 0.5)))
    assert all(scene.end_s - scene.start_s >= 1 for scene in scenes)
    assert [each.end_s for each in scenes[:-1]] == [each.start_s for each in scenes[1:]]
    assert scenes[-1].end_s == pytest.approx(6.3, abs=0.1)


def test_variable_frame_rate_keeps_times(tmp_path):
    frames = [still(0), still(0), still(1), still(1), still(2), still(2)]
    path = encode(tmp_path / "v.mp4", frames, times=[0, 12, 60, 66, 120, 144])
    starts = [scene.start_s for scene in find_scenes(path)]
    assert starts == pytest.approx([0, 5, 10], abs=2 / RATE)


def test_frames_are_those_shown_at_the_moment(tmp_path):
    lengths = (3, 14, 2, 15)
    path = encode(tmp_path / "v.mp4", scenes_of(*lengths), options={"g": "24"})
    moments = [1.0, 2.95, 3.0, 9.0, 17.5, 33.0, 99.0]
    found = list(read_frames(path, moments))
    for pixels, number in zip(found, (0, 0, 1, 1, 2, 3, 3), strict=True):
        assert pixels.shape == (180, 320, 3)
        distances = [np.abs(pixels.astype(int) - still(n)).mean() for n in range(4)]
        assert int(np.argmin(distances)) == number
        assert distances[number] < 8
    assert np.array_equal(read_frame(path, 17.5), found[4])


def test_one_key_frame_is_enough_and_gives_the_same_frames(tmp_path):
    frames = scenes_of(12, 12, 12)
    few = encode(tmp_path / "a.mp4", frames, options={"g": "9999", "sc_threshold": "0"})
    for number, pixels in enumerate(read_frames(few, [1, 13, 25])):
        assert np.abs(pixels.astype(int) - still(number)).mean() < 8


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_rotation_is_undone(tmp_path, turns):
    upright = still(1)
    upright[:60, :100] = (240, 30, 30)
    lying = np.rot90(upright, -turns)
    path = encode(tmp_path / "v.mp4", [lying] * RATE, rotation=90 * turns)
    pixels = read_frame(path, 0.5)
    assert pixels.shape == upright.shape
    assert np.abs(pixels.astype(int) - upright).mean() < 12


@pytest.mark.parametrize("content", [b"", b"not a video at all", b"\x00" * 5000])
def test_what_is_no_video_is_one_error(tmp_path, content):
    (tmp_path / "v.mp4").write_bytes(content)
    with pytest.raises(VideoError):
        find_scenes(tmp_path / "v.mp4")
    with pytest.raises(VideoError):
        read_frame(tmp_path / "v.mp4", 1.0)


def test_sound_alone_is_no_video(tmp_path):
    path = tmp_path / "a.wav"
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(VideoError, match="no video"):
        find_scenes(path)


def test_a_damaged_video_gives_what_can_be_read(tmp_path):
    path = encode(tmp_path / "v.mp4", scenes_of(3, 3), options={"movflags": "faststart"})
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 2, len(content) - 200, 977):
        content[place : place + 40] = b"\xff" * 40
    path.write_bytes(bytes(content))
    scenes = find_scenes(path)
    assert 1 <= len(scenes) <= 7
    assert read_frame(path, scenes[0].representative_s).shape == (180, 320, 3)
    path.write_bytes(bytes(content[: len(content) // 3]))
    with pytest.raises(VideoError):
        find_scenes(path)


SCENES = [Scene(0, 4, 2.0), Scene(4, 10, 7.0), Scene(10, 12, 11.0)]


def test_a_sentence_belongs_to_the_scene_in_which_most_of_it_is_spoken():
    sentences = [
        Sentence(0, 3, "a"),
        Sentence(3, 6, "b"),
        Sentence(6, 9.5, "c"),
        Sentence(9.5, 20, "d"),
        Sentence(30, 31, "late"),
    ]
    spoken = [[each.text for each in one] for one in assign_sentences(SCENES, sentences)]
    assert spoken == [["a"], ["b", "c"], ["d"]]


def lecture(workspace, tmp_path, captions, *, video=None):
    media = workspace.media
    content = video or encode(tmp_path / "v.mp4", scenes_of(4, 6, 3)).read_bytes()
    files = [{"role": "video", "status": "ok", "sha256": media.put(content, "mp4"), "error": None}]
    if captions is not None:
        sha256 = media.put(captions, "json3")
        file = {"role": "captions", "name": "captions-manual.json3", "sha256": sha256}
        files.append(file | {"status": "ok", "error": None})
    found = extract_lecture(ITEM, files, media, {"language": "en"})
    return (
        IMAGES.table(found.images).to_pylist(),
        TEXTS.table(found.texts).to_pylist(),
        PAIRS.table(found.pairs).to_pylist(),
    )


def cue(start, end, text):
    return {"tStartMs": start * 1000, "dDurationMs": (end - start) * 1000, "segs": [{"utf8": text}]}


def test_a_lecture_gives_a_frame_and_a_window_per_scene(workspace, tmp_path):
    events = [cue(0, 3, "Welcome."), cue(3, 8, "This is psoriasis."), cue(8, 10, "It itches.")]
    captions = json.dumps({"events": events}).encode()
    images, texts, pairs = lecture(workspace, tmp_path, captions)
    assert [each["locator"] for each in images] == ["t=2.0s", "t=7.0s", "t=11.5s"]
    assert [(each["width_px"], each["height_px"]) for each in images] == [(320, 180)] * 3
    assert [(each["locator"], each["text"]) for each in texts] == [
        ("t=0.0-3.0s/manual", "Welcome."),
        ("t=3.0-10.0s/manual", "This is psoriasis. It itches."),
    ]
    assert (texts[1]["start_s"], texts[1]["end_s"], texts[1]["kind"]) == (3.0, 10.0, "transcript")
    assert [(each["image_id"], each["score"]) for each in pairs] == [
        ("youtube:abc#t=2.0s", 1.0),
        ("youtube:abc#t=7.0s", pytest.approx(6 / 7, abs=0.02)),
    ]
    assert {each["method"] for each in pairs} == {"transcript_window"}


def test_without_captions_frames_stay_without_text(workspace, tmp_path):
    images, texts, pairs = lecture(workspace, tmp_path, None)
    assert len(images) == 3
    assert (texts, pairs) == ([], [])


def test_captions_that_cannot_be_read_are_told(workspace, tmp_path):
    images, [text], pairs = lecture(workspace, tmp_path, b"<html>")
    assert (len(images), pairs) == (3, [])
    assert (text["status"], text["error"]) == (
        "empty",
        "the captions are neither json3 nor WebVTT",
    )


def test_a_video_that_cannot_be_read_is_one_failed_image(workspace, tmp_path):
    [image], _, _ = lecture(workspace, tmp_path, None, video=b"not a video")
    assert (image["locator"], image["status"]) == ("video", "undecodable")
    assert "not a video that can be read" in image["error"]


def test_a_video_that_was_not_fetched_is_one_failed_image(workspace):
    files = [{"role": "video", "status": "gone", "sha256": None, "error": "removed"}]
    found = extract_lecture(ITEM, files, workspace.media, {"language": "en"})
    assert [(each["status"], each["error"]) for each in found.images] == [
        ("not_fetched", "removed")
    ]
