"""Videos: true cuts within two frames, true frames by time, and broken files as one error."""

from __future__ import annotations

import json
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from pipeline.extract import video
from pipeline.extract.insets import find_insets
from pipeline.extract.lectures import extract_lecture
from pipeline.extract.pairing import assign_sentences, score_window
from pipeline.extract.scenes import Scene, find_scenes
from pipeline.extract.transcripts import Sentence
from pipeline.extract.video import VideoError, read_frame, read_frames, without_combs
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


def other_slide() -> np.ndarray:
    """Draw a slide with the same first line, and others below it."""
    picture = slide(1)
    for line in range(1, 4):
        cv2.putText(picture, f"other {line} words", (20, 30 + 28 * line), 0, 0.8, (20, 20, 30), 2)
    return picture


def encode(path, frames, *, codec="libx264", rotation=None, options=None, times=None):
    with av.open(str(path), "w") as container:
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
        edge = 0.2 * (end - start)
        assert start + edge - 0.05 <= scene.representative_s <= end - edge + 0.05


def test_cuts_between_key_frames_far_apart(tmp_path):
    options = {"preset": "medium", "g": "1000", "sc_threshold": "0", "bf": "3"}
    path = encode(tmp_path / "v.mp4", scenes_of(4, 3, 5, 2), options=options)
    starts = [scene.start_s for scene in find_scenes(path)]
    assert starts == pytest.approx([0, 4, 7, 12], abs=2 / RATE)


def test_a_change_of_text_is_a_cut_and_what_moves_all_the_time_is_none(tmp_path):
    frames = [slide(3) for _ in range(3 * RATE)] + [other_slide() for _ in range(3 * RATE)]
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


def test_a_slide_that_grows_is_one_scene_shown_when_it_is_full(tmp_path):
    frames = [slide(lines) for lines in (1, 2, 3, 4) for _ in range(3 * RATE)]
    frames += [still(3)] * (3 * RATE)
    grown, other = find_scenes(encode(tmp_path / "v.mp4", frames))
    assert (grown.start_s, other.start_s) == (0.0, pytest.approx(12, abs=2 / RATE))
    assert 9.2 <= grown.representative_s <= 11.8


def test_burned_captions_and_a_speaker_in_a_corner_make_no_scene(tmp_path):
    frames = []
    for number in range(12 * RATE):
        frame = slide(3)
        if number > 4 * RATE:  # the inset comes later, and moves
            frame[4:60, 230:314] = still(7)[:56, number % 40 : number % 40 + 84]
        words = ("as you can see here", "a red plaque", "it itches")[number // (2 * RATE) % 3]
        cv2.rectangle(frame, (40, 150), (280, 174), (0, 0, 0), -1)
        cv2.putText(frame, words, (50, 168), 0, 0.6, (255, 255, 255), 1)
        frames.append(frame)
    assert len(find_scenes(encode(tmp_path / "v.mp4", frames))) == 1


@pytest.mark.parametrize("through_black", [False, True])
def test_a_dissolve_and_a_fade_are_one_change(tmp_path, through_black):
    one, other, span = still(1).astype(float), still(6).astype(float), 2 * RATE
    frames = [still(1)] * (4 * RATE)
    for number in range(span):
        weight = (number + 1) / (span + 1)
        mixed = one * (1 - weight) + other * weight
        if through_black:
            mixed = one * (1 - 2 * weight) if weight < 0.5 else other * (2 * weight - 1)
        frames.append(mixed.clip(0, 255).astype(np.uint8))
    frames += [still(6)] * (4 * RATE)
    first, second = find_scenes(encode(tmp_path / "v.mp4", frames))
    assert 4 - 2 / RATE <= second.start_s <= 6 + 2 / RATE
    assert first.representative_s < 4
    assert second.representative_s >= 6


def test_a_flash_is_no_scene(tmp_path):
    frames = [still(1)] * (3 * RATE) + [np.full_like(still(1), 255)] * 2 + [still(1)] * (3 * RATE)
    assert len(find_scenes(encode(tmp_path / "v.mp4", frames))) == 1


def test_a_blurred_middle_is_not_what_stands_for_a_scene(tmp_path):
    rng = np.random.default_rng(3)
    sharp = cv2.GaussianBlur(rng.integers(0, 255, (180, 320, 3)).astype(np.uint8), (0, 0), 1.0)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 2.0)
    frames = [sharp] * (3 * RATE) + [blurred] * (2 * RATE) + [sharp] * (3 * RATE)
    path = encode(tmp_path / "v.mp4", frames)
    found = [read_frame(path, scene.representative_s) for scene in find_scenes(path)]
    far = [np.abs(found[0].astype(int) - each).mean() for each in (sharp, blurred)]
    assert len(found) == 1
    assert far[0] < far[1]


def test_triage_finds_scenes_from_key_frames_alone(tmp_path):
    path = encode(tmp_path / "v.mp4", scenes_of(5, 4, 6), options={"g": "24"})
    found = find_scenes(path, "triage")
    assert [each.start_s for each in found] == pytest.approx([0, 5, 9], abs=2)
    for number, pixels in enumerate(read_frames(path, [s.representative_s for s in found])):
        assert np.abs(pixels.astype(int) - still(number)).mean() < 8


def test_triage_looks_at_all_frames_of_a_video_without_key_frames(tmp_path):
    options = {"g": "9999", "sc_threshold": "0"}
    path = encode(tmp_path / "v.mp4", scenes_of(9, 9, 9), options=options)
    starts = [each.start_s for each in find_scenes(path, "triage")]
    assert starts == pytest.approx([0, 9, 18], abs=2 / RATE)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("v.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
        ("v.mkv", "libsvtav1", {"preset": "12"}),
        ("v.avi", "mpeg4", {}),
        ("v.mkv", "ffv1", {}),
        ("v.ts", "mpeg2video", {}),
    ],
)
def test_other_codecs_and_containers_give_the_same_scenes(tmp_path, name, codec, options):
    path = encode(tmp_path / name, scenes_of(3, 3, 3), codec=codec, options=options)
    found = find_scenes(path)
    assert [each.start_s for each in found] == pytest.approx([0, 3, 6], abs=2 / RATE)
    for number, pixels in enumerate(read_frames(path, [s.representative_s for s in found])):
        assert np.abs(pixels.astype(int) - still(number)).mean() < 12


def test_a_size_that_changes_in_the_middle_is_read_on(tmp_path):
    parts = []
    for number, (size, suffix) in enumerate((((320, 180), "a"), ((640, 360), "b"))):
        frames = [cv2.resize(still(number), size)] * (4 * RATE)
        path = encode(tmp_path / f"{suffix}.h264", frames, options={"bf": "0"})
        parts.append(path.read_bytes())
    (tmp_path / "v.h264").write_bytes(b"".join(parts))
    found = find_scenes(tmp_path / "v.h264")
    assert len(found) in (1, 2)
    sizes = [each.shape[:2] for each in read_frames(tmp_path / "v.h264", [0.5, 99.0])]
    assert sizes == [(180, 320), (360, 640)]


def test_frames_without_square_pixels_are_stretched(tmp_path):
    with av.open(str(tmp_path / "v.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 180, 144, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(16, 15)
        frame = av.VideoFrame.from_ndarray(np.zeros((144, 180, 3), np.uint8), format="rgb24")
        for _ in range(RATE):
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert read_frame(tmp_path / "v.mp4", 0.2).shape == (144, 192, 3)


def test_the_combs_of_two_fields_are_mended():
    one, other = still(1), np.roll(still(1), 30, axis=1)
    combed = one.copy()
    combed[1::2] = other[1::2]
    mended = without_combs(combed)
    assert np.abs(mended.astype(int) - one).mean() < 0.5 * np.abs(combed.astype(int) - one).mean()
    assert np.abs(without_combs(one).astype(int) - one).mean() < 0.5


def test_frames_too_large_to_decode_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "MAX_PIXELS", 1000)
    path = encode(tmp_path / "v.mp4", [still(0)] * RATE)
    with pytest.raises(VideoError, match="320 x 180 pixels are too large"):
        find_scenes(path)


SCENES = [Scene(0, 4, 2.0), Scene(4, 10, 7.0), Scene(10, 12, 11.0)]


def assigned(*sentences):
    found = assign_sentences(SCENES, [Sentence(*each) for each in sentences])
    return [[each.text for each in one] for one in found]


def test_a_sentence_belongs_to_the_scene_in_which_most_of_it_is_spoken():
    spoken = assigned((0, 3, "a"), (3, 6, "b"), (6, 9.5, "c"), (9.5, 20, "d"), (30, 31, "late"))
    assert spoken == [["a"], ["b", "c"], ["d"]]


def test_words_that_point_tell_which_scene_is_meant():
    here = "Here we see psoriasis with scales on both elbows of this man."
    assert assigned((2.5, 8, here))[0] == [here]  # the word falls into the first scene
    assert assigned((3.8, 8, here))[:2] == [[], [here]]  # spoken a moment before the slide is there
    ahead = "On the next slide you will see vitiligo."
    assert assigned((5.5, 8, ahead)) == [[], [], [ahead]]
    assert assigned((0.5, 1.5, "I now turn to it."), (4.2, 6, "Moving on, rosacea."))[1] == [
        "Moving on, rosacea."
    ]
    back = "In the previous picture it was red."
    assert assigned((5, 8, back))[0] == [back]


def test_a_scene_without_a_sentence_of_its_own_takes_what_is_spoken_over_it():
    long = "The plaques are red and they itch."
    assert assigned((4, 12, long)) == [[], [long], [long]]
    window = [Sentence(4, 12, long)]
    assert score_window(SCENES[1], window) == pytest.approx(0.8 * 6 / 8)
    assert score_window(SCENES[2], window) == pytest.approx(0.8 * 2 / 8)


def test_the_score_of_a_window_tells_time_and_pointing():
    pointing = [Sentence(4, 10, "As you can see, it is red.")]
    assert score_window(SCENES[1], pointing) == 1.0
    assert score_window(SCENES[1], pointing, n_pictures=2) == 0.75
    assert score_window(SCENES[1], [Sentence(4, 10, "It is red.")]) == 0.8
    assert score_window(SCENES[1], [Sentence(4, 4, "?")]) == 0.0


def lecture(workspace, tmp_path, captions, *, content=None):
    media = workspace.media
    content = content or encode(tmp_path / "v.mp4", scenes_of(4, 6, 3)).read_bytes()
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
        ("youtube:abc#t=2.0s", 0.8),
        ("youtube:abc#t=7.0s", pytest.approx(0.8 * 6 / 7 + 0.2, abs=0.02)),
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
    [image], _, _ = lecture(workspace, tmp_path, None, content=b"not a video")
    assert (image["locator"], image["status"]) == ("video", "undecodable")
    assert "not a video that can be read" in image["error"]


def test_a_video_that_was_not_fetched_is_one_failed_image(workspace):
    files = [{"role": "video", "status": "gone", "sha256": None, "error": "removed"}]
    found = extract_lecture(ITEM, files, workspace.media, {"language": "en"})
    assert [(each["status"], each["error"]) for each in found.images] == [
        ("not_fetched", "removed")
    ]


def test_a_photograph_on_a_slide_is_a_panel(workspace, tmp_path):
    rng = np.random.default_rng(5)
    photograph = cv2.resize(rng.integers(60, 200, (9, 12, 3)).astype(np.uint8), (240, 180))
    page = np.full((360, 640, 3), 250, np.uint8)
    cv2.putText(page, "Two cases", (20, 40), 0, 1.2, (20, 20, 30), 2)
    one = page.copy()
    one[90:270, 30:270] = photograph
    two = one.copy()
    two[90:270, 360:600] = photograph[::-1]
    frames = [one] * (4 * RATE) + [np.repeat(np.repeat(still(2), 2, 0), 2, 1)] * (3 * RATE)
    frames += [two] * (4 * RATE)
    content = encode(tmp_path / "v.mp4", frames).read_bytes()
    events = [cue(0, 3, "As you see, a plaque."), cue(8, 10, "These are two plaques.")]
    captions = json.dumps({"events": events}).encode()
    images, _, pairs = lecture(workspace, tmp_path, captions, content=content)
    found = [(each["locator"].partition("/")[2], each["box"]) for each in images]
    assert [letter for letter, _ in found] == ["a", "", "a", "b"]
    assert found[1][1] is None
    for (_, box), place in zip((found[0], found[2], found[3]), (30, 30, 360), strict=True):
        assert box == pytest.approx([place, 90, place + 240, 270], abs=5)
    assert [each["score"] for each in pairs] == [1.0, 0.75, 0.75]
    assert (images[0]["width_px"], images[0]["height_px"]) == pytest.approx((236, 176), abs=6)


@pytest.mark.parametrize(
    "draw",
    [
        lambda page: cv2.ellipse(page, (320, 200), (200, 120), 0, 0, 360, (150, 90, 70), -1),
        lambda page: cv2.rectangle(page, (60, 90), (500, 300), (90, 120, 200), -1),
        lambda page: page,
    ],
)
def test_what_is_no_clear_photograph_leaves_the_frame_whole(draw):
    page = np.full((360, 640, 3), 250, np.uint8)
    assert find_insets(draw(page)) == []
    assert find_insets(np.repeat(np.repeat(still(2), 2, 0), 2, 1)) == []
