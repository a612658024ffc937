"""Transcripts: json3 and WebVTT into sentences with the seconds in which they are spoken."""

from __future__ import annotations

import json
import sys
import time

import pytest

from pipeline.demo.captions import json3, manual_json3, rolling_vtt
from pipeline.errors import SourceError
from pipeline.extract import speech
from pipeline.extract.cues import MAX_CUES, MAX_SECONDS, Cue
from pipeline.extract.sentences import sentence_spans
from pipeline.extract.speech import check_model, recognise_speech, segment_cues
from pipeline.extract.transcripts import (
    Sentence,
    TranscriptError,
    join_sentences,
    read_json3,
    read_transcript,
    without_overlaps,
)
from pipeline.extract.webvtt import read_vtt


def event(start, length, *segments, **more):
    segs = [
        {"utf8": each} if isinstance(each, str) else {"utf8": each[0], "tOffsetMs": each[1]}
        for each in segments
    ]
    return {"tStartMs": start, "dDurationMs": length, "segs": segs, **more}


def read(*events):
    told = json.dumps({"wireMagic": "pb3", "events": list(events)}).encode()
    return [(each.start_s, each.end_s, each.text) for each in read_transcript(told)]


def test_words_with_times_become_sentences_with_times():
    passages = [
        (0.0, 4.0, "Welcome. Today we talk about psoriasis."),
        (4.0, 12.0, "This is plaque psoriasis: red plaques. It itches a lot."),
    ]
    found = read_transcript(json.dumps(json3(passages, 12)).encode())
    assert [each.text for each in found] == [
        "Welcome.",
        "Today we talk about psoriasis.",
        "This is plaque psoriasis: red plaques.",
        "It itches a lot.",
    ]
    starts = [each.start_s for each in found]
    assert starts == pytest.approx([0, 4 / 6, 4, 4 + 8 * 6 / 10], abs=0.01)
    assert found[1].end_s == pytest.approx(4.0, abs=0.01)
    assert found[2].end_s == pytest.approx(starts[3], abs=0.01)


def test_what_is_not_spoken_is_skipped():
    found = read(
        {"tStartMs": 0, "dDurationMs": 9000, "id": 1, "wpWinPosId": 1},
        event(0, 1000, "[Music]"),
        event(1000, 1000, "♪ ♪"),
        event(2000, 1000, "\n"),
        event(3000, 2000, "&gt;&gt; Look at [laughter] this."),
        event(3500, 2000, "\n", aAppend=1),
        event(4000, 10, "appended", aAppend=1),
    )
    assert found == [(3.0, 5.0, "Look at this.")]


def test_numbers_may_be_strings_and_overlaps_are_removed():
    found = read(event("1000", "5000", "First line."), event("2000", 3000, "Second line."))
    assert found == [(1.0, 2.0, "First line."), (2.0, 5.0, "Second line.")]


def test_segments_of_one_word_stay_together_and_lines_do_not():
    found = read(event(0, 2000, "hyper", ("keratosis", 500)), event(2000, 1000, "is seen."))
    assert [text for *_, text in found] == ["hyperkeratosis is seen."]


def test_manual_captions_share_their_time_by_characters():
    found = read(event(0, 10_000, "Aaaa bbb. Cccc ddd."))
    assert found[0] == (0.0, pytest.approx(10 * 9 / 19, abs=0.01), "Aaaa bbb.")
    assert found[1] == (pytest.approx(10 * 10 / 19, abs=0.01), 10.0, "Cccc ddd.")


def test_speech_without_full_stops_is_cut_at_pauses_and_when_long():
    lines = [event(n * 2000, 2000, f"line {n} of the talk") for n in range(30)]
    lines.append(event(70_000, 2000, "after a pause"))
    found = read(*lines)
    assert found[-1] == (70.0, 72.0, "after a pause")
    assert len(found) == 4
    assert all(end - start <= 22 for start, end, _ in found)
    assert found[0][2].startswith("line 0 of the talk line 1")


def test_a_full_stop_in_a_number_or_abbreviation_ends_no_sentence():
    text = "Dr. Smith saw a 2.5 cm plaque, e.g. on the arm. It hurt!  (Why?) See Fig. 3 of J. Doe."
    assert [text[a:b] for a, b in sentence_spans(text)] == [
        "Dr. Smith saw a 2.5 cm plaque, e.g. on the arm.",
        "It hurt!",
        "(Why?)",
        "See Fig. 3 of J. Doe.",
    ]


def test_rolling_webvtt_is_told_once():
    vtt = (
        "\ufeffWEBVTT\nKind: captions\nLanguage: en\n\n"
        "00:00:00.000 --> 00:00:02.000 align:start position:0%\n \n"
        "hello<00:00:00.500><c> my</c><00:00:01.000><c> friends</c>\n\n"
        "00:00:02.000 --> 00:00:02.010\nhello my friends\n \n\n"
        "00:00:02.010 --> 00:00:04.000\nhello my friends\n"
        "this<00:00:02.500><c> is</c> psoriasis.\n\n"
        "00:00:04.000 --> 00:00:04.010\nthis is psoriasis.\n \n\n"
        "1:00:04.500 --> 1:00:06.000\nThe end.\n"
    )
    assert read_transcript(vtt.encode()) == [
        Sentence(0.0, 4.0, "hello my friends this is psoriasis."),
        Sentence(3604.5, 3606.0, "The end."),
    ]


def test_a_line_repeated_later_is_kept_and_a_cue_repeated_at_once_is_not():
    cues = [Cue(1, 2, " yes"), Cue(1, 2, " yes"), Cue(0, 5, " look"), Cue(9, 10, " yes")]
    assert without_overlaps(cues) == [Cue(0, 1, " look"), Cue(1, 2, " yes"), Cue(9, 10, " yes")]


@pytest.mark.parametrize(
    "hostile",
    [
        7,
        {"segs": "x", "tStartMs": 0},
        {"tStartMs": True, "segs": [{"utf8": "x"}]},
        {"tStartMs": "9" * 5000, "segs": [{"utf8": "x"}]},
        {"tStartMs": "NaN", "segs": [{"utf8": "x"}]},
        {"tStartMs": -5, "segs": [{"utf8": "x"}]},
        {"tStartMs": (MAX_SECONDS + 1) * 1000, "segs": [{"utf8": "x"}]},
        {"tStartMs": 10**400, "segs": [{"utf8": "x"}]},
        {"tStartMs": 0, "dDurationMs": [], "segs": [{"utf8": "x"}]},
        {"tStartMs": 0, "dDurationMs": 9, "segs": [None, {"utf8": 5}, {"tOffsetMs": 3}]},
    ],
)
def test_hostile_events_are_passed_over(hostile):
    assert read(hostile, event(1000, 1000, "Fine.")) == [(1.0, 2.0, "Fine.")]


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'{"events": 3}', b"[" * 100_000, b"\xff\xfe\x00"]
)
def test_what_is_no_transcript_is_one_error(content):
    with pytest.raises(TranscriptError):
        read_transcript(content)


def test_no_events_no_sentences():
    assert read() == []
    assert read_json3('{"events": []}') == []


def test_cost_grows_with_the_length_only():
    start = time.process_time()
    read(*(event(n * 10, 10, ("." * 500) + " a ") for n in range(2000)))
    read(event(0, 1000, "[" * 2000), event(0, 1000, "<" * 2000))
    sentence_spans("." * 500_000 + " \n" * 1000)
    assert time.process_time() - start < 5


LECTURE = [
    (0.0, 4.0, "Welcome. Today we talk about psoriasis."),
    (4.0, 12.0, "This is plaque psoriasis: red plaques. It itches a lot."),
    (14.0, 17.0, "It itches a lot."),
]


def test_all_forms_of_captions_tell_the_same_sentences():
    automatic = read_transcript(json.dumps(json3(LECTURE, 17)).encode())
    rolling = read_transcript(rolling_vtt(LECTURE).encode())
    manual = read_transcript(json.dumps(manual_json3(LECTURE)).encode())
    words = [each.text for each in automatic]
    assert words[-2:] == ["It itches a lot.", "It itches a lot."]  # said twice, told twice
    assert [each.text for each in rolling] == words
    assert [each.text for each in manual] == words
    for one, other in zip(automatic, rolling, strict=True):
        assert one.start_s == pytest.approx(other.start_s, abs=0.02)
        assert one.end_s == pytest.approx(other.end_s, abs=0.7)


def test_a_word_of_webvtt_is_spoken_at_its_own_time():
    cues = read_vtt(
        "WEBVTT\n\n00:00:10.000 --> 00:00:14.000\nhyper<00:00:11.000><c>keratosis</c>"
        "<00:00:13.000><c> here</c>\n"
    )
    assert cues == [
        Cue(10.0, 11.0, " hyper"),
        Cue(11.0, 13.0, "keratosis"),
        Cue(13.0, 14.0, " here"),
    ]
    [sentence] = join_sentences(cues)
    assert sentence.text == "hyperkeratosis here"


def test_a_line_of_webvtt_that_comes_again_after_a_pause_is_spoken_again():
    block = "00:00:0{}.000 --> 00:00:0{}.500\nYes.\n\n"
    cues = read_vtt("WEBVTT\n\n" + block.format(1, 1) + block.format(3, 3))
    assert [(cue.start_s, cue.text) for cue in cues] == [(1.0, " Yes."), (3.0, " Yes.")]


@pytest.mark.parametrize(
    "block",
    [
        "NOTE 00:00 --> what",
        "STYLE\n::cue { color: red }",
        "00:00:05.000 --> 00:00:01.000\nbackwards",
        "99:00:00.000 --> 99:00:01.000\nafter a day",
        "00:00:01.000 --> 00:00:02.000\n[Music]",
        "00:00:01.000 --> 00:00:02.000\n<c.colorE5E5E5><i></i></c>",
        "00:00:01.000 --> 00:00:02.000",
        "1e9:00:00.000 --> 9\nx",
        "\x00\x01",
    ],
)
def test_hostile_blocks_of_webvtt_are_passed_over(block):
    vtt = f"WEBVTT\n\n{block}\n\n00:00:07.000 --> 00:00:08.000\n&lt;Fine&gt; and well.\n"
    assert read_vtt(vtt) == [Cue(7.0, 8.0, " <Fine> and well.")]


def test_a_time_outside_its_cue_is_held_to_it():
    vtt = (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\na<00:09:00.000><c> b</c><00:00:00.000><c> c</c>\n"
    )
    cues = read_vtt(vtt)
    assert all(1.0 <= cue.start_s <= cue.end_s <= 2.0 for cue in cues)
    assert "".join(cue.text for cue in cues) == " a b c"


def test_webvtt_without_end_is_read_up_to_a_bound():
    many = "00:00:01.000 --> 00:00:01.001\n" + "<00:00:01.000>a" * 130
    told = "WEBVTT\n\n" + f"{many}\n\n" * 2000
    assert len(read_vtt(told)) <= MAX_CUES


# --- speech ------------------------------------------------------------------------------------


class Word:
    def __init__(self, start, end, word):
        self.start, self.end, self.word = start, end, word


class Segment:
    """A segment as faster-whisper gives it."""

    def __init__(self, start, end, text, words=None, **measures):
        self.start, self.end, self.text, self.words = start, end, text, words
        told = {"no_speech_prob": 0.01, "avg_logprob": -0.2, "compression_ratio": 1.4}
        for name, value in {**told, **measures}.items():
            setattr(self, name, value)


def test_recognised_words_become_sentences_with_times():
    words = [Word(0.5, 1.0, " This"), Word(1.0, 1.5, " is"), Word(1.5, 2.5, " psoriasis.")]
    later = [Word(4.0, 4.5, " It"), Word(4.5, 5.0, " itches"), Word(5.0, 5.2, ".")]
    cues = segment_cues([Segment(0.5, 2.5, "x", words), Segment(4.0, 5.2, "y", later)])
    assert join_sentences(without_overlaps(cues)) == [
        Sentence(0.5, 2.5, "This is psoriasis."),
        Sentence(4.0, 5.2, "It itches."),
    ]


def test_a_segment_without_words_is_one_cue():
    assert segment_cues([Segment(1, 3, " Look at this. ")]) == [Cue(1.0, 3.0, " Look at this. ")]


@pytest.mark.parametrize(
    "imagined",
    [
        Segment(0, 9, " Thank you.", no_speech_prob=0.9, avg_logprob=-1.5),
        Segment(0, 9, " and and and and", compression_ratio=9.0),
        Segment(9, 0, " backwards"),
        Segment(0, MAX_SECONDS * 2, " too late"),
        Segment(float("nan"), 1, " never"),
        Segment(0, 1, "   "),
    ],
)
def test_what_is_only_imagined_is_left_out(imagined):
    assert segment_cues([imagined, Segment(0, 1, " Fine.")]) == [Cue(0.0, 1.0, " Fine.")]


def test_without_a_model_there_is_nothing_to_check():
    check_model(None)


def test_a_folder_that_holds_no_model_is_told(tmp_path):
    with pytest.raises(SourceError, match=r"holds no model\.bin and no config\.json; name"):
        check_model(str(tmp_path))
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(SourceError, match=r"holds no config\.json; name"):
        recognise_speech(tmp_path / "sound.m4a", str(tmp_path), "en")


@pytest.fixture
def model(tmp_path):
    for name in ("model.bin", "config.json"):
        (tmp_path / name).write_bytes(b"{}")
    return str(tmp_path)


def test_a_library_that_is_not_installed_is_told(model, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SourceError, match=r"faster-whisper is not installed; install the extra"):
        check_model(model)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library of faster-whisper's shape: it refuses a model, and a sound, that says `broken`."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    package = tmp_path / "site" / "faster_whisper"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from pathlib import Path\n"
        "from types import SimpleNamespace as Told\n"
        "class WhisperModel:\n"
        "    def __init__(self, folder, *, local_files_only):\n"
        "        assert local_files_only\n"
        "        if b'broken' in Path(folder, 'model.bin').read_bytes():\n"
        "            raise RuntimeError('Unsupported model binary version')\n"
        "    def transcribe(self, path, *, language, **options):\n"
        "        assert options['word_timestamps'] and options['temperature'] == 0.0\n"
        "        if b'broken' in Path(path).read_bytes():\n"
        "            raise IndexError('tuple index out of range')\n"
        "        measures = {'no_speech_prob': 0, 'avg_logprob': 0, 'compression_ratio': 1}\n"
        "        text = ' Heard in ' + language + '.'\n"
        "        return iter([Told(start=0, end=2, text=text, words=None, **measures)]), None\n"
    )
    yield
    sys.modules.pop("faster_whisper", None)
    speech._load.cache_clear()


def test_speech_is_recognised_by_the_library(tmp_path, model, library):
    sound = tmp_path / "sound.m4a"
    sound.write_bytes(b"sound")
    assert recognise_speech(sound, model, "en-GB") == [Sentence(0.0, 2.0, "Heard in en.")]
    sound.write_bytes(b"broken")
    with pytest.raises(TranscriptError, match="no speech can be recognised: tuple index"):
        recognise_speech(sound, model, "en")


def test_a_model_that_cannot_be_loaded_is_told(tmp_path, model, library):
    (tmp_path / "model.bin").write_bytes(b"broken")
    with pytest.raises(SourceError, match=r"cannot be loaded \(Unsupported model binary version"):
        recognise_speech(tmp_path / "model.bin", model, "en")
