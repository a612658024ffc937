"""YouTube through yt-dlp's own extractor, against a loopback YouTube behind verified TLS."""

import hashlib
import json
import os
from datetime import UTC, datetime

import pytest

from pipeline.demo.captions import json3
from pipeline.demo.listener import Listener
from pipeline.demo.tls import ensure_certificates
from pipeline.demo.wire import Answer, text_answer
from pipeline.demo.youtube import HOSTS, youtube_service
from pipeline.errors import SourceError
from pipeline.licences import YOUTUBE_CC
from pipeline.source_entries import Rate, YouTubeSource
from pipeline.sources import youtube, youtube_session
from pipeline.sources.collector import Listed
from pipeline.sources.shelf import Shelf
from pipeline.sources.youtube import YouTubeCollector
from pipeline.sources.youtube_facts import best_captions, caption_fault, verdict
from pipeline.sources.youtube_faults import Ear, class_of
from schemas import ITEMS, MEDIA

VIDEO = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(range(256)) * 200
CAPTIONS = json.dumps(json3([(0, 20, "silvery scale on a well defined plaque")], 30)).encode()
PLAYER = "/youtubei/v1/player"
GONE_ID, CLOSED_ID, LONG_ID, FIRST_ID = "gone_video1", "closedVideo", "longer-one1", "firstVideo1"


def _video(video_id, title, **changes):
    return {
        "id": video_id,
        "title": title,
        "description": "A dermatology lecture.",
        "published": "2026-02-03",
        "duration_s": 30,
        "licence": YOUTUBE_CC,
        "is_removed": False,
        "is_ciphered": False,
        "is_found_as_free": True,
        "width": 640,
        "height": 360,
        "rate": 12,
        **changes,
    }


VIDEOS = (
    _video(FIRST_ID, "Psoriasis lecture", is_ciphered=True),
    _video(CLOSED_ID, "Eczema lecture", licence=None),
    _video(LONG_ID, "Melanoma lecture", duration_s=4000),
    _video(GONE_ID, "Rosacea lecture", is_removed=True),
    _video("notFoundAs1", "Psoriasis lecture, not free", licence=None, is_found_as_free=False),
)


class Tube:
    """The demo's YouTube over five small videos, with faults and a log."""

    def __init__(self, folder):
        site = folder / "site"
        site.mkdir()
        (site / "videos.json").write_text(json.dumps(VIDEOS))
        for video in VIDEOS:
            (site / f"{video['id']}.mp4").write_bytes(VIDEO)
            (site / f"{video['id']}.json3").write_bytes(CAPTIONS)
            (site / f"{video['id']}.jpg").write_bytes(b"\xff\xd8\xff\xd9")
        self.service = youtube_service(site)
        self.faults: dict[str, list[Answer | None]] = {}
        self.log = []
        self.heals_at = 0
        certificates = ensure_certificates(folder / "tls", HOSTS)
        self.ca_file = str(certificates.ca_path)
        self.listener = Listener(0, self.respond, certificates.server_context())

    def respond(self, request):
        self.log.append((request.path, request.body))
        if self.heals_at and self.asked("/watch") >= self.heals_at:
            self.faults.clear()
        told = self.faults.get(request.path)
        if told:
            return told.pop(0) if len(told) > 1 else told[0]
        return self.service(request)

    def asked(self, path):
        return sum(each == path for each, _ in self.log)

    def collector(self, **changes):
        told = {
            "kind": "youtube",
            "title": "YouTube",
            "homepage": "h",
            "terms_url": "t",
            "source_type": "edu",
            "folder": "youtube",
            "rate": Rate(requests_per_second=500.0, concurrency=2),
            "searches": ("psoriasis lecture", "dermatology lecture"),
            "proxy": self.listener.address,
            "ca_file": self.ca_file,
            **changes,
        }
        return YouTubeCollector("youtube", YouTubeSource(**told), None, "key", patience_s=0.01)


@pytest.fixture
def tube(tmp_path):
    made = Tube(tmp_path)
    made.listener.start()
    yield made
    made.listener.stop()


def _item(tube, video_id=FIRST_ID, **changes):
    row = tube.collector(**changes).describe(Listed(video_id))
    ITEMS.table([row])
    return row


def _fetch(tube, workspace, **changes):
    item = _item(tube, **changes)
    rows = tube.collector(**changes).fetch(item, Shelf(workspace.media))
    MEDIA.table(rows)
    return {row["name"]: row for row in rows}


# --- listing -----------------------------------------------------------------------------------


def test_searches_ask_for_creative_commons_and_list_each_video_once(tube):
    keys = [each.source_key for each in tube.collector().list_keys()]
    assert keys[0] == FIRST_ID
    assert sorted(keys) == sorted([FIRST_ID, CLOSED_ID, LONG_ID, GONE_ID])
    sent = [json.loads(body) for path, body in tube.log if path == "/youtubei/v1/search"]
    assert [each["query"] for each in sent] == ["psoriasis lecture", "dermatology lecture"]
    assert {each["params"] for each in sent} == {"EgIwAQ=="}


def test_a_search_gives_no_more_than_the_entry_wants(tube):
    assert len(list(tube.collector(per_search=1, searches=("lecture",)).list_keys())) == 1


def test_a_search_that_fails_stops_the_source(tube):
    tube.faults["/youtubei/v1/search"] = [text_answer("no", 429)]
    with pytest.raises(SourceError, match=r"YouTube does not answer the search 'psoriasis"):
        list(tube.collector().list_keys())
    assert tube.asked("/youtubei/v1/search") >= 4


def test_a_licence_is_what_the_watch_page_states(tube):
    environment = dict(os.environ)
    row = _item(tube)
    page = f"https://www.youtube.com/watch?v={FIRST_ID}"
    assert (row["status"], row["item_id"], row["page_url"]) == ("ok", f"youtube:{FIRST_ID}", page)
    assert (row["licence"], row["licence_tier"]) == ("CC-BY-3.0", "open")
    assert row["licence_evidence"] == f"License row '{YOUTUBE_CC}' of {page}"
    assert row["title"] == "Psoriasis lecture"
    assert row["creator"] == "Invented Society of Dermatology"
    assert row["published_at"] == datetime(2026, 2, 3, 16, tzinfo=UTC)
    assert json.loads(row["details"]) == {
        "id": FIRST_ID,
        "duration_s": 30,
        "captions": {"kind": "automatic", "language": "en-orig"},
    }
    assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**environment, "PYTEST_CURRENT_TEST": ""}


@pytest.mark.parametrize(
    ("video_id", "status", "why"),
    [
        (CLOSED_ID, "no_licence", "states no licence, so it is not under Creative Commons"),
        (LONG_ID, "off_topic", "lasts 4000 s, over max_duration_s 3600"),
        (GONE_ID, "gone", "This video has been removed by the uploader"),
        ("nosuchvideo", "gone", ""),
    ],
)
def test_a_video_that_is_not_collected_says_why(tube, video_id, status, why):
    row = _item(tube, video_id)
    assert row["status"] == status
    assert why in row["error"]
    assert f"watch?v={video_id}" in row["error"]


def test_a_refusal_hidden_behind_another_complaint_is_known_as_such(tube):
    tube.faults[PLAYER] = [text_answer("slow down", 429)]
    tube.faults["/watch"] = [text_answer("slow down", 429)]
    row = _item(tube)
    assert row["status"] == "unreachable"
    # it was asked again: each attempt opens the page anew
    assert tube.asked("/watch") >= 4


def test_a_passing_refusal_is_waited_out(tube):
    tube.faults[PLAYER] = tube.faults["/watch"] = [text_answer("slow down", 429)]
    tube.heals_at = 2
    assert _item(tube)["status"] == "ok"
    assert tube.asked("/watch") == 2


def test_refusals_in_a_row_stop_the_source(tube, monkeypatch):
    monkeypatch.setattr(youtube, "ATTEMPTS", 1)
    tube.faults[PLAYER] = tube.faults["/watch"] = [text_answer("slow down", 429)]
    made = tube.collector()
    for _ in range(4):
        assert made.describe(Listed(FIRST_ID))["status"] == "unreachable"
    with pytest.raises(SourceError, match="refused 5 videos in a row"):
        made.describe(Listed(FIRST_ID))


def test_without_the_authority_of_the_entry_tls_is_refused(tube):
    row = _item(tube, ca_file=None)
    assert row["status"] == "unreachable"
    assert "certificate" in row["error"].lower()


# --- fetching ----------------------------------------------------------------------------------


def test_a_video_is_its_record_its_captions_and_its_frames(tube, workspace):
    rows = _fetch(tube, workspace)
    assert {name: (row["role"], row["status"]) for name, row in rows.items()} == {
        "info.json": ("record", "ok"),
        "captions.json3": ("captions", "ok"),
        "video.mp4": ("video", "ok"),
    }
    assert rows["video.mp4"]["sha256"] == hashlib.sha256(VIDEO).hexdigest()
    assert rows["captions.json3"]["sha256"] == hashlib.sha256(CAPTIONS).hexdigest()
    assert {row["url"] for row in rows.values()} == {f"https://www.youtube.com/watch?v={FIRST_ID}"}
    record = json.loads(workspace.media.get(rows["info.json"]["sha256"]))
    assert record["license"] == YOUTUBE_CC
    assert record["upload_date"] == "20260203"
    assert record["captions"] == {"kind": "automatic", "language": "en-orig"}
    assert record["format"]["height"] == 360
    text = json.dumps(record)
    assert "googlevideo" not in text
    assert "view_count" not in text


def test_the_same_video_gives_the_same_bytes(tube, workspace):
    one, two = (_fetch(tube, workspace)["info.json"]["sha256"] for _ in range(2))
    assert one == two


def test_captions_that_are_refused_once_are_asked_again(tube, workspace):
    tube.faults["/api/timedtext"] = [
        text_answer("", 429),
        Answer(200, "application/json", CAPTIONS),
    ]
    assert _fetch(tube, workspace)["captions.json3"]["status"] == "ok"


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        (text_answer("", 429), "rate_limited", "HTTP Error 429"),
        (text_answer("", 200), "no_captions", "no captions at all"),
        (text_answer("<html>", 200), "no_captions", "not json3"),
        (text_answer('{"events": [{"id": 1}]}', 200), "no_captions", "hold no words"),
    ],
)
def test_captions_that_did_not_arrive_are_a_row_and_the_video_stays(
    tube, workspace, answer, status, why
):
    tube.faults["/api/timedtext"] = [answer]
    rows = _fetch(tube, workspace)
    assert sorted(rows) == ["captions.json3", "info.json"]
    assert (rows["captions.json3"]["status"], rows["captions.json3"]["sha256"]) == (status, None)
    assert why in rows["captions.json3"]["error"]
    assert tube.asked("/videoplayback") == 0


def test_a_video_without_captions_in_the_language_says_so(tube, workspace):
    row = _fetch(tube, workspace, caption_languages=("xx",))["captions.json3"]
    assert (row["status"], row["error"].endswith("no captions in xx")) == ("no_captions", True)


def test_media_that_are_refused_once_are_asked_again(tube, workspace):
    tube.faults["/videoplayback"] = [
        text_answer("", 429),
        Answer(200, "video/mp4", VIDEO),
    ]
    assert _fetch(tube, workspace)["video.mp4"]["status"] == "ok"


def test_media_that_stay_away_are_a_row(tube, workspace):
    tube.faults["/videoplayback"] = [text_answer("", 403)]
    rows = _fetch(tube, workspace)
    assert rows["video.mp4"]["status"] == "access_denied"
    assert "HTTP Error 403" in rows["video.mp4"]["error"]
    assert json.loads(workspace.media.get(rows["info.json"]["sha256"]))["format"] is None


def test_a_javascript_runtime_that_does_not_run_is_named(tube, workspace, monkeypatch, tmp_path):
    broken = tmp_path / "deno"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(youtube_session.sys, "executable", str(tmp_path / "python"))
    row = _fetch(tube, workspace)["video.mp4"]
    assert row["status"] == "malformed"
    assert row["error"].endswith("install deno with the other packages")


def test_a_page_that_went_away_after_the_listing_fails_each_file(tube, workspace):
    item = {**_item(tube), "page_url": f"https://www.youtube.com/watch?v={GONE_ID}"}
    rows = tube.collector().fetch(item, Shelf(workspace.media))
    assert [(row["name"], row["status"]) for row in rows] == [
        ("info.json", "gone"),
        ("captions.json3", "gone"),
        ("video.mp4", "gone"),
    ]


# --- facts and faults --------------------------------------------------------------------------


def _track(url):
    return [{"ext": "vtt", "url": "v"}, {"ext": "json3", "url": url}]


def test_a_persons_captions_come_before_the_machines_and_the_original_before_the_rest():
    machine = {"en": _track("translated"), "en-orig": _track("original")}
    info = {"subtitles": {"en": _track("person")}, "automatic_captions": machine}
    assert best_captions(info, ("en", "en-orig")).url == "person"
    assert best_captions({"automatic_captions": machine}, ("en", "en-orig")).url == "original"
    assert best_captions({"automatic_captions": {"en": [{"ext": "vtt"}]}}, ("en",)) is None


def test_captions_with_words_have_no_fault():
    assert caption_fault(CAPTIONS) is None
    assert caption_fault(b"[]") == "the captions hold no words"
    assert caption_fault(b"[" * 100_000) == "what came as captions is not json3"


def test_a_live_stream_and_a_video_without_duration_are_not_collected():
    live = {"license": YOUTUBE_CC, "live_status": "is_live", "duration": 9}
    assert verdict(live, "u", 99)[0] == "off_topic"
    assert verdict({"license": YOUTUBE_CC}, "u", 99)[0] == "malformed"
    assert (
        verdict({"license": "Standard YouTube License", "duration": 9}, "u", 99)[0] == "no_licence"
    )


@pytest.mark.parametrize(
    ("complaints", "status"),
    [
        ("No video formats found!\nUnable to download: HTTP Error 429: Too Many", "rate_limited"),
        ("Sign in to confirm you’re not a bot", "rate_limited"),
        ("Private video. Sign in if you've been granted access", "access_denied"),
        ("Sign in to confirm your age", "access_denied"),
        ("Video unavailable. This video is no longer available", "gone"),
        ("HTTP Error 503: Service Unavailable", "server_error"),
        ("The read operation timed out", "network_error"),
        ("something new", "malformed"),
    ],
)
def test_complaints_have_a_class(complaints, status):
    assert class_of(complaints) == status


def test_a_fault_is_one_plain_sentence():
    told = Ear().fault(
        "\x1b[0;31mERROR:\x1b[0m [youtube] dQw4w9WgXcQ: Video unavailable; please report this"
    )
    assert (told.status, str(told)) == ("gone", "Video unavailable")
