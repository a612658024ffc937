"""Transcripts: json3 and WebVTT into sentences with the seconds in which they are spoken."""

from __future__ import annotations

import json
import time

import pytest

from pipeline.demo.captions import json3
from pipeline.extract.sentences import sentence_spans
from pipeline.extract.transcripts import (
    MAX_SECONDS,
    Cue,
    Sentence,
    TranscriptError,
    read_json3,
    read_transcript,
    without_overlaps,
)


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
