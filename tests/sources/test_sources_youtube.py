"""YouTube through yt-dlp's own extractor, against a loopback YouTube behind verified TLS."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from yt_dlp import version

from pipeline.demo.captions import json3, manual_json3, rolling_vtt
from pipeline.demo.listener import Listener
from pipeline.demo.tls import ensure_certificates
from pipeline.demo.wire import Answer, text_answer
from pipeline.demo.youtube import HOSTS, youtube_service
from pipeline.demo.youtube_lists import channel_page
from pipeline.errors import SourceError
from pipeline.licences import YOUTUBE_CC
from pipeline.settings import Settings
from pipeline.source_entries import Rate, YouTubeSource
from pipeline.sources import youtube_pace, youtube_session, youtube_web
from pipeline.sources.collector import Listed
from pipeline.sources.http import client_for
from pipeline.sources.shelf import Shelf
from pipeline.sources.youtube import YouTubeCollector
from pipeline.sources.youtube_archive import Archive
from pipeline.sources.youtube_captions import (
    caption_fault,
    fetch_captions,
    is_translated,
    tracks,
)
from pipeline.sources.youtube_facts import published_at, record, verdict
from pipeline.sources.youtube_faults import Ear, VideoError, kind_of
from pipeline.sources.youtube_lists import video_ids
from pipeline.sources.youtube_web import is_youtubes
from schemas import ITEMS, MEDIA

VIDEO = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(range(256)) * 200
PASSAGES = [(0, 20, "silvery scale on a well defined plaque")]
CAPTIONS = json.dumps(json3(PASSAGES, 30)).encode()
MANUAL = json.dumps(manual_json3(PASSAGES)).encode()
VTT = rolling_vtt(PASSAGES).encode()
PLAYER = "/youtubei/v1/player"
MEDIA_PATH = "/videoplayback"
GONE_ID, CLOSED_ID, LONG_ID, FIRST_ID = "gone_video1", "closedVideo", "longer-one1", "firstVideo1"
PRIVATE_ID, MANUAL_ID = "dcDemoVid08", "manualVideo"


def _video(video_id, title, **changes):
    return {
        "id": video_id,
        "title": title,
        "description": "A dermatology lecture.",
        "published": "2026-02-03",
        "duration_s": 30,
        "licence": YOUTUBE_CC,
        "is_removed": False,
        "is_private": False,
        "is_ciphered": False,
        "is_busy_once": False,
        "is_found_as_free": True,
        "captions": "automatic",
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
    _video(MANUAL_ID, "The ward round", captions="manual", is_found_as_free=False),
    _video(PRIVATE_ID, "Private", is_private=True, is_found_as_free=False),  # in the playlist
    _video("dcDemoVid01", "In the playlist", is_found_as_free=False),
)


class Tube:
    """The demo's YouTube over a few small videos, with faults and a log."""

    def __init__(self, folder):
        site = folder / "site"
        site.mkdir()
        self.videos = {video["id"]: dict(video) for video in VIDEOS}
        (site / "videos.json").write_text(json.dumps(VIDEOS))
        for video in VIDEOS:
            (site / f"{video['id']}.mp4").write_bytes(VIDEO)
            (site / f"{video['id']}.json3").write_bytes(CAPTIONS)
            (site / f"{video['id']}.manual.json3").write_bytes(MANUAL)
            (site / f"{video['id']}.vtt").write_bytes(VTT)
            (site / f"{video['id']}.jpg").write_bytes(b"\xff\xd8\xff\xd9")
        self.service = youtube_service(site)
        self.faults: dict[str, list[Answer | None]] = {}
        self.log = []
        self.heals_at = 0
        self.change = None
        certificates = ensure_certificates(folder / "tls", HOSTS)
        self.ca_file = str(certificates.ca_path)
        self.listener = Listener(0, self.respond, certificates.server_context())

    def respond(self, request):
        self.log.append((request.path, request.body, request.target))
        if self.heals_at and self.asked("/watch") >= self.heals_at:
            self.faults.clear()
        told = self.faults.get(request.path)
        if told:
            answer = told.pop(0) if len(told) > 1 else told[0]
            if answer is not None:
                return answer
        answer = self.service(request)
        return self.change(request, answer) if self.change else answer

    def asked(self, path):
        return sum(each == path for each, *_ in self.log)

    def refuses(self, *answers):
        """Let the player, and the page that holds its answer, be refused."""
        self.faults[PLAYER] = list(answers)
        self.faults["/watch"] = list(answers)

    def says(self, reason, status="ERROR"):
        """Let the player say why it does not play."""
        screen = {"playerErrorMessageRenderer": {"reason": {"simpleText": reason}}}
        told = {"status": status, "reason": reason, "errorScreen": screen}
        answer = Answer(200, "application/json", json.dumps({"playabilityStatus": told}).encode())
        self.faults[PLAYER] = [answer]
        self.change = lambda request, answer: (
            Answer(200, "text/html", b"<html>ytInitialData = {};</html>")
            if request.path == "/watch"
            else answer
        )

    def collector(self, archive=None, **changes):
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
        entry = YouTubeSource(**told)
        client = client_for(entry, Settings())
        return YouTubeCollector("youtube", entry, client, "key", archive=archive, patience_s=0.01)


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


def _fetch(tube, workspace, video_id=FIRST_ID, shelf=None, **changes):
    item = _item(tube, video_id, **changes)
    rows = tube.collector(**changes).fetch(item, shelf or Shelf(workspace.media))
    MEDIA.table(rows)
    return {row["name"]: row for row in rows}


def _record(rows, workspace):
    return json.loads(workspace.media.get(rows["info.json"]["sha256"]))


# --- listing -----------------------------------------------------------------------------------


def test_searches_ask_for_creative_commons_and_list_each_video_once(tube):
    keys = [each.source_key for each in tube.collector().list_keys()]
    assert keys[0] == FIRST_ID
    assert sorted(keys) == sorted([FIRST_ID, CLOSED_ID, LONG_ID, GONE_ID])
    sent = [json.loads(body) for path, body, _ in tube.log if path == "/youtubei/v1/search"]
    assert [each["query"] for each in sent] == ["psoriasis lecture", "dermatology lecture"]
    assert {each["params"] for each in sent} == {"EgIwAQ=="}


def test_diseases_make_searches(tube):
    entry = tube.collector(
        searches=("dermoscopy", "acne lecture"),
        diseases=("psoriasis", "acne"),
        disease_searches=("{disease} lecture", "{disease} case"),
    )._entry
    assert entry.all_searches == (
        "dermoscopy",
        "acne lecture",
        "psoriasis lecture",
        "psoriasis case",
        "acne case",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"searches": ()},
        {"disease_searches": ("no blank",)},
        {"channels": ("https://www.youtube.com/@somebody",)},
        {"playlists": ("../../etc",)},
        {"speech_model": "models/whisper"},
    ],
)
def test_an_entry_that_names_nothing_or_wrongly_is_refused(tube, wrong):
    with pytest.raises(ValueError, match="YouTubeSource"):
        tube.collector(**wrong)


def test_a_search_gives_no_more_than_the_entry_wants(tube):
    assert len(list(tube.collector(per_search=1, searches=("lecture",)).list_keys())) == 1


def test_channels_and_playlists_are_listed_with_searches_each_video_once(tube):
    made = tube.collector(
        channels=("@demodermatology",), playlists=("PLdemoDermatology01",), per_list=100
    )
    listed = {each.source_key: dict(each.payload) for each in made.list_keys()}
    # the channel comes in two parts, and the playlist names what it does not show
    assert set(listed) == set(tube.videos)
    assert list(listed)[:2] == [PRIVATE_ID, "dcDemoVid01"]
    assert listed.pop(PRIVATE_ID) == {"is_withheld": True}
    assert set(map(str, listed.values())) == {"{}"}
    assert tube.asked("/youtubei/v1/browse") >= 1


def test_a_channel_gives_no_more_than_the_entry_wants(tube):
    made = tube.collector(channels=("@demodermatology",), searches=(), per_list=3)
    assert len(list(made.list_keys())) == 3


def test_a_channel_is_asked_for_by_its_id_as_well(tube):
    tube.faults["/channel/UCdemoDermatologyWorld00/videos"] = [text_answer("", 404)]
    made = tube.collector(channels=("UCdemoDermatologyWorld00",), searches=())
    (listed,) = made.list_keys()
    row = made.describe(listed)
    ITEMS.table([row])
    assert (listed.source_key, row["status"]) == ("UCdemoDermatologyWorld00", "gone")
    assert "the channel 'UCdemoDermatologyWorld00' of the catalog is not shown" in row["error"]
    assert "HTTP Error 404" in row["error"]


def test_a_list_that_never_ends_is_cut_off(tube, monkeypatch):
    monkeypatch.setattr(youtube_web, "MAX_REQUESTS", 12)

    def endless(request, answer):
        if request.path != "/youtubei/v1/browse":
            return answer
        told = channel_page([VIDEOS[0]] * 8, "from-0")  # a part with another after it, for ever
        body = json.dumps(told).replace("from-4", f"from-9{len(tube.log)}")
        return Answer(200, "application/json", body.encode())

    tube.change = endless
    made = tube.collector(channels=("@demodermatology",), searches=())
    with pytest.raises(SourceError, match="one page took over 12 requests"):
        list(made.list_keys())
    assert len(tube.log) <= 12


@pytest.mark.parametrize("answer", [text_answer("{}"), text_answer("no", 503)])
def test_a_list_that_breaks_off_is_not_taken_for_whole(tube, answer):
    tube.faults["/youtubei/v1/browse"] = [answer]
    made = tube.collector(channels=("@demodermatology",), searches=())
    with pytest.raises(SourceError, match="YouTube does not answer the channel"):
        list(made.list_keys())


def test_a_search_that_fails_stops_the_source(tube):
    tube.faults["/youtubei/v1/search"] = [text_answer("no", 429)]
    with pytest.raises(SourceError, match=r"YouTube does not answer the search 'psoriasis"):
        list(tube.collector().list_keys())
    assert tube.asked("/youtubei/v1/search") >= 4


# --- describing --------------------------------------------------------------------------------


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
    assert json.loads(row["details"]) == {"id": FIRST_ID, "duration_s": 30}
    assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**environment, "PYTEST_CURRENT_TEST": ""}


@pytest.mark.parametrize(
    ("video_id", "status", "why"),
    [
        (CLOSED_ID, "no_licence", "states no licence, so it is not under Creative Commons"),
        (LONG_ID, "off_topic", "lasts 4000 s, over max_duration_s 3600"),
        (GONE_ID, "gone", "the video was removed (This video has been removed by the uploader)"),
        (PRIVATE_ID, "gone", "the video is private"),
        ("nosuchvideo", "gone", ""),
    ],
)
def test_a_video_that_is_not_collected_says_why(tube, video_id, status, why):
    row = _item(tube, video_id)
    assert row["status"] == status
    assert why in row["error"]
    assert f"watch?v={video_id}" in row["error"]
    assert row["licence_tier"] == "open" if status == "off_topic" else "unknown"


@pytest.mark.parametrize(
    ("reason", "status", "why"),
    [
        ("Sign in to confirm your age. This video may be inappropriate", "not_open_access", "age"),
        ("Join this channel to get access to members-only content", "not_open_access", "members"),
        ("This video requires payment to watch", "not_open_access", "paid"),
        ("Premieres in 3 hours", "off_topic", "has not begun"),
        ("This live event will begin in 2 days.", "off_topic", "live stream"),
        (
            "This video contains content from X, who has blocked it on copyright grounds",
            "gone",
            "copyright",
        ),
        (
            "The uploader has not made this video available in your country",
            "unreachable",
            "blocked in the country",
        ),
        ("Video unavailable", "gone", "Video unavailable"),
    ],
)
def test_what_the_player_says_is_told_apart(tube, reason, status, why):
    tube.says(reason)
    row = _item(tube)
    assert (row["status"], row["licence_tier"]) == (status, "unknown")
    assert why in row["error"]


def test_a_refusal_hidden_behind_another_complaint_is_known_as_such(tube):
    tube.refuses(text_answer("slow down", 429))
    row = _item(tube)
    assert (row["status"], row["title"]) == ("unreachable", None)
    assert "YouTube was asked too often" in row["error"]
    # it was asked again: each attempt opens the page anew
    assert tube.asked("/watch") == youtube_pace.ATTEMPTS["rate_limited"]


def test_a_passing_refusal_is_waited_out(tube):
    tube.refuses(text_answer("slow down", 429))
    tube.heals_at = 2
    assert _item(tube)["status"] == "ok"
    assert tube.asked("/watch") == 2


def test_waits_grow_and_all_that_ask_wait(tube, monkeypatch):
    waits, pauses = [], []
    monkeypatch.setattr(youtube_pace, "sleep", waits.append)
    made = tube.collector()
    monkeypatch.setattr(made._pace.host, "pause", pauses.append)
    tube.says("Sign in to confirm you’re not a bot", "LOGIN_REQUIRED")
    row = made.describe(Listed(FIRST_ID))
    assert "no bot" in row["error"]
    assert [each for each in waits if each in pauses] == [0.01, 0.02, 0.04, 0.08]
    assert made._pace.host.tally.rate_limited == 4


def test_refusals_in_a_row_stop_the_source_and_it_resumes(tube):
    tube.refuses(text_answer("slow down", 429))
    made = tube.collector()
    for _ in range(2):
        assert made.describe(Listed(FIRST_ID))["status"] == "unreachable"
    with pytest.raises(
        SourceError, match=r"refused 3 pages in a row .* run the same command again later"
    ):
        made.describe(Listed(FIRST_ID))
    tube.faults.clear()
    assert made.describe(Listed(FIRST_ID))["status"] == "ok"


def test_a_page_that_comes_between_refusals_is_no_reason_to_stop(tube):
    made = tube.collector()
    for _ in range(3):
        tube.refuses(text_answer("slow down", 429))
        assert made.describe(Listed(FIRST_ID))["status"] == "unreachable"
        tube.faults.clear()
        assert made.describe(Listed(GONE_ID))["status"] == "gone"


def test_a_wait_that_youtube_asks_for_is_kept_unless_it_is_too_long(tube, monkeypatch):
    waits = []
    monkeypatch.setattr(youtube_pace, "sleep", waits.append)
    refused = text_answer("slow down", 429)
    refused.headers["Retry-After"] = "1"
    tube.refuses(refused)
    tube.heals_at = 2
    assert _item(tube)["status"] == "ok"
    assert 1.0 in waits
    refused.headers["Retry-After"] = "86400"
    tube.heals_at = 0
    tube.refuses(refused)
    with pytest.raises(SourceError, match="YouTube asks us to wait for 86400 s"):
        _item(tube)


def test_without_the_authority_of_the_entry_tls_is_refused(tube):
    row = _item(tube, ca_file=None)
    assert row["status"] == "unreachable"
    assert "certificate" in row["error"].lower()


def test_an_unreachable_network_is_not_a_video_that_is_gone(tube):
    tube.listener.stop()
    item = {**_LISTED, "status": "ok", "title": "Psoriasis lecture"}
    row = tube.collector().revisit(item)
    assert (row["status"], row["title"]) == ("unreachable", "Psoriasis lecture")


def test_a_network_that_stays_away_stops_the_source(tube, monkeypatch):
    monkeypatch.setitem(youtube_pace.MOST_IN_A_ROW, "network_error", 2)
    monkeypatch.setitem(youtube_pace.ATTEMPTS, "network_error", 1)
    tube.listener.stop()
    made = tube.collector()
    assert made.describe(Listed(FIRST_ID))["status"] == "unreachable"
    with pytest.raises(SourceError, match=r"not reached 2 times in a row .* check the network"):
        made.describe(Listed(FIRST_ID))


_LISTED = {
    "item_id": f"youtube:{FIRST_ID}",
    "source_id": "youtube",
    "source_key": FIRST_ID,
    "listed_sha256": "0" * 64,
}


@pytest.mark.parametrize("video_id", [GONE_ID, PRIVATE_ID])
def test_a_video_that_went_away_is_marked_gone_and_loses_its_words(tube, video_id):
    before = _item(tube)
    row = tube.collector().revisit({**before, "source_key": video_id})
    assert (row["status"], row["title"], row["creator"]) == ("gone", None, None)
    assert row["listed_sha256"] == before["listed_sha256"]
    assert row["error"].startswith(f"https://www.youtube.com/watch?v={video_id}: the video ")


def test_a_video_that_is_still_there_is_described_anew(tube):
    before = _item(tube)
    assert tube.collector().revisit(before) == before


# --- what was read before ----------------------------------------------------------------------


def _archive(workspace, days=30, version=YouTubeCollector.version):
    return Archive(workspace, "youtube", days, version)


def _clock(monkeypatch, **ago):
    now = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(**ago)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(now.timestamp())))


def test_a_page_that_was_read_is_not_opened_again(tube, workspace, monkeypatch):
    first = tube.collector(_archive(workspace))
    rows = [first.describe(Listed(each)) for each in (FIRST_ID, CLOSED_ID, LONG_ID)]
    tube.log.clear()
    _clock(monkeypatch, days=29)
    later = tube.collector(_archive(workspace))  # another run, another process
    assert [later.describe(Listed(each)) for each in (FIRST_ID, CLOSED_ID, LONG_ID)] == rows
    assert tube.log == []
    # what the list withholds, and what it names no more, is looked at
    assert later.describe(Listed(FIRST_ID, {"is_withheld": True}))["status"] == "ok"
    assert later.revisit(rows[0])["status"] == "ok"
    assert tube.asked("/watch") == 2


def test_a_page_is_opened_again_when_its_time_has_come(tube, workspace, monkeypatch):
    before = tube.collector(_archive(workspace)).describe(Listed(FIRST_ID))
    _clock(monkeypatch, days=30)
    after = tube.collector(_archive(workspace)).describe(Listed(FIRST_ID))
    assert after["collected_at"] - before["collected_at"] == timedelta(days=30)
    assert after["listed_sha256"] == before["listed_sha256"]  # so its files are carried over
    assert tube.asked("/watch") == 2


def test_what_was_read_counts_only_under_the_same_rules(tube, workspace):
    tube.collector(_archive(workspace)).describe(Listed(FIRST_ID))
    shorter = tube.collector(_archive(workspace), max_duration_s=20)
    assert shorter.describe(Listed(FIRST_ID))["status"] == "off_topic"
    assert tube.asked("/watch") == 2
    tube.collector(_archive(workspace, version=99)).describe(Listed(FIRST_ID))
    assert tube.asked("/watch") == 3


def test_a_fault_and_a_video_that_is_gone_are_looked_at_again(tube, workspace):
    made = tube.collector(_archive(workspace))
    for _ in range(2):
        assert made.describe(Listed(GONE_ID))["status"] == "gone"
    assert tube.asked("/watch") == 2


def test_a_journal_that_was_cut_short_is_read_as_far_as_it_goes(tube, workspace):
    tube.collector(_archive(workspace)).describe(Listed(FIRST_ID))
    (path,) = workspace.files.walk("journals")
    whole = workspace.files.read(path)
    workspace.files.write(path, whole[:-40])
    assert _archive(workspace).described(f"youtube:{FIRST_ID}") is None
    workspace.files.write(path, whole)
    assert _archive(workspace).described(f"youtube:{FIRST_ID}")["title"] == "Psoriasis lecture"


def test_the_quota_of_a_day_stops_the_source_until_the_next(tube, workspace, monkeypatch):
    changes = {"quota_per_day": 2}
    made = tube.collector(_archive(workspace), **changes)
    rows = [made.describe(Listed(each)) for each in (FIRST_ID, CLOSED_ID)]
    with pytest.raises(SourceError, match="the quota of 2 pages for today is used up"):
        made.describe(Listed(LONG_ID))
    again = tube.collector(_archive(workspace), **changes)
    # what was read stands, and so does the count
    assert [again.describe(Listed(each)) for each in (FIRST_ID, CLOSED_ID)] == rows
    with pytest.raises(SourceError, match="quota"):
        again.describe(Listed(LONG_ID))
    _clock(monkeypatch, days=1)
    assert again.describe(Listed(LONG_ID))["status"] == "off_topic"


# --- fetching ----------------------------------------------------------------------------------


def test_a_video_is_its_record_its_captions_and_its_frames(tube, workspace):
    rows = _fetch(tube, workspace)
    assert {name: (row["role"], row["status"]) for name, row in rows.items()} == {
        "info.json": ("record", "ok"),
        "captions-automatic.json3": ("captions", "ok"),
        "video.mp4": ("video", "ok"),
    }
    assert rows["video.mp4"]["sha256"] == hashlib.sha256(VIDEO).hexdigest()
    assert rows["captions-automatic.json3"]["sha256"] == hashlib.sha256(CAPTIONS).hexdigest()
    assert {row["url"] for row in rows.values()} == {f"https://www.youtube.com/watch?v={FIRST_ID}"}
    told = _record(rows, workspace)
    assert told["license"] == YOUTUBE_CC
    assert told["upload_date"] == "20260203"
    assert (told["view_count"], told["channel_follower_count"]) == (1234, 12000)
    assert told["captions"] == {
        "kind": "automatic",
        "language": "en-orig",
        "form": "json3",
        "passed_over": [],
    }
    assert (told["format"]["height"], told["format"]["ext"]) == (360, "mp4")
    assert told["tool"] == f"yt-dlp {version.__version__}"
    assert told["fetched_at"] == "2026-06-01T00:00:00+00:00"
    assert "googlevideo" not in json.dumps(told)


def test_the_same_video_gives_the_same_bytes(tube, workspace):
    one, two = (_fetch(tube, workspace)["info.json"]["sha256"] for _ in range(2))
    assert one == two


def test_the_player_is_read_once_for_many_videos(tube, workspace):
    made = tube.collector()
    for video_id in (FIRST_ID, MANUAL_ID):
        made.fetch(_item(tube, video_id), Shelf(workspace.media))
    scripts = [path for path, *_ in tube.log if path.endswith("base.js")]
    assert len(scripts) == 3  # one for each collector, of which `_item` makes two


def test_a_persons_captions_are_taken_before_the_machines(tube, workspace):
    rows = _fetch(tube, workspace, MANUAL_ID)
    assert rows["captions-manual.json3"]["sha256"] == hashlib.sha256(MANUAL).hexdigest()
    assert _record(rows, workspace)["captions"]["language"] == "en"
    assert tube.asked("/api/timedtext") == 1


def test_captions_that_are_refused_once_are_asked_again(tube, workspace):
    tube.faults["/api/timedtext"] = [text_answer("", 429), None]
    assert _fetch(tube, workspace)["captions-automatic.json3"]["status"] == "ok"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (text_answer("", 200), "YouTube answered with no captions at all"),
        (text_answer("", 404), "HTTP Error 404"),
        (text_answer("<html>", 200), "what came as captions is not json3"),
        (text_answer('{"events": [{"id": 1}]}', 200), "the captions hold no words"),
    ],
)
def test_webvtt_is_taken_where_json3_does_not_come(tube, workspace, answer, why):
    tube.faults["/api/timedtext"] = [answer, None]
    rows = _fetch(tube, workspace)
    assert sorted(rows) == ["captions-automatic.vtt", "info.json", "video.mp4"]
    assert all(row["error"] is None for row in rows.values())
    assert rows["captions-automatic.vtt"]["sha256"] == hashlib.sha256(VTT).hexdigest()
    assert rows["captions-automatic.vtt"]["content_type"] == "text/vtt"
    told = _record(rows, workspace)["captions"]
    assert told["form"] == "vtt"
    assert [each.startswith("automatic json3 in en-orig: ") for each in told["passed_over"]] == [
        True
    ]
    assert why in told["passed_over"][0]


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        (text_answer("", 429), "rate_limited", "HTTP Error 429"),
        (text_answer("", 503), "server_error", "HTTP Error 503"),
        (text_answer("", 200), "no_captions", "no captions at all"),
        (text_answer("<html>", 200), "no_captions", "not json3"),
    ],
)
def test_captions_that_did_not_arrive_are_a_row_and_the_video_stays(
    tube, workspace, answer, status, why
):
    tube.faults["/api/timedtext"] = [answer]
    rows = _fetch(tube, workspace)
    assert sorted(rows) == ["captions", "info.json"]
    assert (rows["captions"]["status"], rows["captions"]["sha256"]) == (status, None)
    assert why in rows["captions"]["error"]
    assert _record(rows, workspace)["captions"] is None
    assert tube.asked(MEDIA_PATH) == 0


def test_a_video_without_captions_in_the_language_says_so(tube, workspace):
    row = _fetch(tube, workspace, caption_languages=("xx",))["captions"]
    assert (row["status"], row["error"].endswith("no captions in xx")) == ("no_captions", True)


def test_captions_that_need_a_token_are_told_apart(tube, workspace):
    def with_experiment(request, answer):
        body = answer.body.replace(b"&lang=en", b"&lang=en&exp=xpe")
        return Answer(answer.status, answer.content_type, body, answer.headers)

    tube.change = with_experiment
    row = _fetch(tube, workspace)["captions"]
    assert (row["status"], "PO token" in row["error"]) == ("no_captions", True)
    assert tube.asked("/api/timedtext") == 0


def test_captions_are_never_asked_for_in_a_translation(tube, workspace):
    _fetch(tube, workspace)
    (asked,) = [target for path, _, target in tube.log if path == "/api/timedtext"]
    query = parse_qs(urlsplit(asked).query)
    assert (query["lang"], "tlang" in query, query["fmt"]) == (["en"], False, ["json3"])


def test_captions_of_a_foreign_lecture_are_not_its_translation(tube, workspace):
    def spanish(request, answer):
        if request.path == PLAYER or request.path == "/watch":
            body = answer.body.replace(b"lang=en", b"lang=es").replace(b'"a.en"', b'"a.es"')
            body = body.replace(
                b'"languageCode": "en", "kind": "asr"', b'"languageCode": "es", "kind": "asr"'
            )
            return Answer(answer.status, answer.content_type, body, answer.headers)
        return answer

    tube.change = spanish
    row = _fetch(tube, workspace)["captions"]
    assert (row["status"], row["error"].endswith("no captions in en")) == ("no_captions", True)


def test_media_that_are_refused_once_are_asked_again(tube, workspace):
    tube.faults[MEDIA_PATH] = [text_answer("", 429), None]
    assert _fetch(tube, workspace)["video.mp4"]["status"] == "ok"


def test_media_that_stay_away_are_a_row(tube, workspace):
    tube.faults[MEDIA_PATH] = [text_answer("", 403)]
    rows = _fetch(tube, workspace)
    assert rows["video.mp4"]["status"] == "access_denied"
    assert "HTTP Error 403" in rows["video.mp4"]["error"]
    assert _record(rows, workspace)["format"]["height"] == 360


def test_frames_have_no_more_lines_and_files_no_more_bytes_than_wanted(tube, workspace):
    options = youtube_session.YtOptions(max_height_px=480, max_video_mb=100)
    assert options.pictures.startswith(
        "bv[ext=mp4][height<=480][filesize<?100M][vcodec^=avc1]/b[ext=mp4]"
    )
    tube.faults[MEDIA_PATH] = [Answer(200, "video/mp4", bytes(1024 * 1024 + 1))]
    row = _fetch(tube, workspace, max_video_mb=1)["video.mp4"]
    assert (row["status"], row["sha256"]) == ("too_large", None)


def test_a_download_that_was_interrupted_goes_on_with_the_missing_file(tube, workspace):
    begun = list(_fetch(tube, workspace).values())[:2]
    tube.log.clear()
    rows = _fetch(tube, workspace, shelf=Shelf(workspace.media, begun=begun))
    assert [row["status"] for row in rows.values()] == ["ok"] * 3
    assert (tube.asked("/api/timedtext"), tube.asked(MEDIA_PATH)) == (0, 1)


def test_a_javascript_runtime_that_does_not_run_stops_the_source(
    tube, workspace, monkeypatch, tmp_path
):
    item = _item(tube)
    broken = tmp_path / "deno"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(youtube_session.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(SourceError, match="no JavaScript runtime; install deno"):
        tube.collector().fetch(item, Shelf(workspace.media))


def test_a_page_that_went_away_after_the_listing_fails_each_file(tube, workspace):
    item = {**_item(tube), "page_url": f"https://www.youtube.com/watch?v={GONE_ID}"}
    rows = tube.collector().fetch(item, Shelf(workspace.media))
    assert [(row["name"], row["status"]) for row in rows] == [
        ("info.json", "gone"),
        ("captions", "gone"),
        ("video.mp4", "gone"),
    ]


# --- speech ------------------------------------------------------------------------------------


@pytest.fixture
def speech_model(tmp_path, monkeypatch):
    """A folder that looks like a model; what is recognised with it is not the collector's."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("model.bin", "config.json"):
        (folder / name).write_bytes(b"x")
    package = tmp_path / "site" / "faster_whisper"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(package.parent))
    return str(folder)


def _apart(_request, answer):
    """Serve pictures and sound as files of their own, as YouTube does with most videos."""
    if b"streamingData" not in answer.body:
        return answer
    told = json.loads(answer.body)
    (whole,) = told["streamingData"]["formats"]
    picture = {**whole, "itag": 136, "mimeType": 'video/mp4; codecs="avc1.4d401f"'}
    sound = {**whole, "itag": 140, "mimeType": 'audio/mp4; codecs="mp4a.40.2"'}
    for name in ("audioQuality", "audioChannels"):
        picture.pop(name)
    for name in ("width", "height", "fps", "qualityLabel"):
        sound.pop(name)
    told["streamingData"] |= {"formats": [], "adaptiveFormats": [picture, sound]}
    return Answer(200, answer.content_type, json.dumps(told).encode(), answer.headers)


def test_sound_is_fetched_only_if_speech_is_to_be_recognised(tube, workspace, speech_model):
    tube.change = _apart
    rows = _fetch(tube, workspace, speech_model=speech_model)
    assert sorted(rows) == ["captions-automatic.json3", "info.json", "video.mp4"]
    tube.faults["/api/timedtext"] = [text_answer("", 200)]
    rows = _fetch(tube, workspace, speech_model=speech_model)
    assert {name: (row["role"], row["status"]) for name, row in rows.items()} == {
        "info.json": ("record", "ok"),
        "video.mp4": ("video", "ok"),
        "sound.m4a": ("audio", "ok"),
    }
    assert _record(rows, workspace)["format"]["acodec"] == "none"


def test_a_video_that_comes_with_its_sound_is_fetched_once(tube, workspace, speech_model):
    tube.faults["/api/timedtext"] = [text_answer("", 200)]
    assert sorted(_fetch(tube, workspace, speech_model=speech_model)) == ["info.json", "video.mp4"]
    assert tube.asked(MEDIA_PATH) == 1


def test_captions_that_may_still_come_are_not_replaced_by_speech(tube, workspace, speech_model):
    tube.faults["/api/timedtext"] = [text_answer("", 503)]
    rows = _fetch(tube, workspace, speech_model=speech_model)
    assert (sorted(rows), rows["captions"]["status"]) == (["captions", "info.json"], "server_error")


def test_a_speech_model_that_is_not_there_stops_the_source_first(tube, workspace, tmp_path):
    made = tube.collector(speech_model=str(tmp_path / "none"))
    for ask in (lambda: list(made.list_keys()), lambda: made.fetch({}, Shelf(workspace.media))):
        with pytest.raises(SourceError, match=r"none holds no model\.bin and no config\.json"):
            ask()
    assert tube.log == []


# --- hostile answers ---------------------------------------------------------------------------


def test_an_address_that_is_not_youtubes_is_never_asked(tube, workspace):
    def lure(request, answer):
        body = answer.body.replace(b"https://www.youtube.com/api", b"https://169.254.169.254/api")
        return Answer(answer.status, answer.content_type, body, answer.headers)

    tube.change = lure
    row = _fetch(tube, workspace)["captions"]
    assert row["status"] == "no_captions"
    assert "https://169.254.169.254/api" in row["error"]
    assert tube.asked("/api/timedtext") == 0


def test_a_redirect_away_from_youtube_is_not_followed(tube, workspace):
    away = Answer(302, "text/html", b"", {"Location": "https://localhost/secret"})
    tube.faults["/api/timedtext"] = [away]
    row = _fetch(tube, workspace)["captions"]
    assert "YouTube led to 'https://localhost/secret'" in row["error"]
    assert tube.asked("/secret") == 0


@pytest.mark.parametrize("path", ["/watch", PLAYER])
def test_a_page_without_end_is_cut_off(tube, monkeypatch, path):
    monkeypatch.setattr(youtube_web, "MAX_PAGE_BYTES", 100_000)
    tube.faults[path] = [text_answer("x" * 200_000)]
    row = _item(tube)
    assert (row["status"], row["error"].endswith("an answer has over 100,000 bytes")) == (
        "unreachable",
        True,
    )


def test_a_page_that_drips_is_given_up(tube, monkeypatch):
    monkeypatch.setattr(youtube_web, "MAX_PAGE_S", 0.0)
    row = _item(tube)
    assert (row["status"], "too slow" in row["error"]) == ("unreachable", True)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[" * 50_000, b'{"playabilityStatus": 7}', b'{"streamingData": "x"}'],
)
def test_an_answer_that_makes_no_sense_is_a_row(tube, body):
    tube.faults[PLAYER] = [Answer(200, "application/json", body)]
    tube.faults["/watch"] = [Answer(200, "text/html", body)]
    row = _item(tube)
    assert row["status"] != "ok"
    assert row["error"]


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
def test_a_page_that_is_refused_is_a_row_with_its_class(tube, status):
    tube.refuses(text_answer("no", status))
    made = tube.collector()
    row = made.describe(Listed(FIRST_ID))
    assert row["status"] in ("gone", "unreachable", "malformed")
    assert row["error"]
    tube.faults.clear()
    assert made.describe(Listed(FIRST_ID))["status"] == "ok"  # the others go on


def test_hosts_are_compared_by_their_last_names():
    assert is_youtubes("https://rr1---sn-demo.googlevideo.com/videoplayback")
    assert is_youtubes("https://youtube.com/watch")
    for url in (
        "http://www.youtube.com/",
        "https://notyoutube.com/",
        "https://youtube.com.example.org/",
        "https://www.youtube.com@127.0.0.1/",
        "file:///etc/passwd",
        "",
    ):
        assert not is_youtubes(url)


# --- captions ----------------------------------------------------------------------------------


def _forms(url):
    return [{"ext": "srv1", "url": "s"}, {"ext": "vtt", "url": f"{url}?fmt=vtt"}, _json3(url)]


def _json3(url):
    return {"ext": "json3", "url": f"{url}?fmt=json3"}


def _told(info, languages=("en",)):
    return [(each.kind, each.language, each.urls.get("json3")) for each in tracks(info, languages)]


def test_a_persons_captions_come_before_the_machines_and_the_original_before_the_rest():
    machine = {"en": _forms("plain"), "en-orig": _forms("original")}
    info = {"subtitles": {"en": _forms("person")}, "automatic_captions": machine}
    assert _told(info) == [
        ("manual", "en", "person?fmt=json3"),
        ("automatic", "en-orig", "original?fmt=json3"),
    ]


def test_a_regional_form_stands_for_its_language():
    info = {"subtitles": {"en-GB": _forms("british"), "de": _forms("german")}}
    assert _told(info) == [("manual", "en-GB", "british?fmt=json3")]
    assert _told(info, ("de", "en")) == [
        ("manual", "de", "german?fmt=json3"),
        ("manual", "en-GB", "british?fmt=json3"),
    ]


def test_a_translation_is_no_track():
    translated = [{"ext": "json3", "url": "https://x/api/timedtext?lang=es&tlang=en&fmt=json3"}]
    assert is_translated(translated[0]["url"])
    assert _told({"automatic_captions": {"en": translated}}) == []
    both = {"automatic_captions": {"en": [*translated, *_forms("own")]}}
    assert _told(both) == [("automatic", "en", "own?fmt=json3")]


@pytest.mark.parametrize(
    "hostile", [None, [], {"en": None}, {"en": "x"}, {"en": [{"ext": "json3", "url": 7}]}]
)
def test_tracks_that_make_no_sense_are_none(hostile):
    assert tracks({"subtitles": hostile, "automatic_captions": hostile}, ("en",)) == []


def test_the_machines_captions_follow_a_persons_that_hold_no_words():
    machine = {"en-orig": _forms("machine")}
    info = {"subtitles": {"en": _forms("person")}, "automatic_captions": machine}
    found = fetch_captions(info, ("en",), lambda url: CAPTIONS if "machine" in url else b"")
    assert (found.name, found.track.language) == ("captions-automatic.json3", "en-orig")
    assert [each.partition(":")[0] for each in found.passed_over] == [
        "manual json3 in en",
        "manual vtt in en",
    ]


def test_a_fault_that_may_pass_is_not_taken_for_a_video_without_captions():
    def ask(url):
        if "json3" in url:
            raise VideoError("server_error", "HTTP Error 503")
        return b""

    with pytest.raises(VideoError) as fault:
        fetch_captions({"subtitles": {"en": _forms("person")}}, ("en",), ask)
    assert fault.value.status == "server_error"


def test_captions_with_words_have_no_fault():
    assert caption_fault(CAPTIONS, "json3") is None
    assert caption_fault(VTT, "vtt") is None
    assert caption_fault(b"\xef\xbb\xbf" + VTT, "vtt") is None
    assert caption_fault(b"[]", "json3") == "the captions hold no words"
    assert caption_fault(b'{"events": 3}', "json3") == "the captions hold no words"
    assert caption_fault(b"[" * 100_000, "json3") == "what came as captions is not json3"
    newline = b'{"events": [{"segs": [{"utf8": "\\n"}]}]}'
    assert caption_fault(newline, "json3") == "the captions hold no words"
    assert caption_fault(b"WEBVTT\n\n", "vtt") == "the captions hold no words"
    assert caption_fault(b"<html>", "vtt") == "what came as captions is not WebVTT"


# --- facts and faults --------------------------------------------------------------------------


def test_a_live_stream_and_a_video_without_duration_are_not_collected():
    live = {"license": YOUTUBE_CC, "live_status": "is_live", "duration": 9}
    assert verdict(live, "u", 99)[0] == "off_topic"
    assert verdict({"license": YOUTUBE_CC}, "u", 99)[0] == "malformed"
    assert (
        verdict({"license": "Standard YouTube License", "duration": 9}, "u", 99)[0] == "no_licence"
    )
    almost = YOUTUBE_CC.lower()
    assert verdict({"license": almost, "duration": 9}, "u", 99)[0] == "no_licence"


def test_a_list_names_videos_alone():
    entries = [{"id": FIRST_ID}, {"id": "UCchannel"}, None, "x", {"id": None}]
    withheld = {"id": GONE_ID, "title": "[Deleted video]"}
    assert video_ids({"entries": [*entries, withheld]}) == [(FIRST_ID, True), (GONE_ID, False)]
    assert video_ids({}) == []


def test_a_record_is_plain_and_bounded():
    info = {"title": "x" * 50_000, "tags": [float("nan"), object(), "a"], "chapters": {"a": 1}}
    told = record(info | {"view_count": float("inf")}, None, None, "tool")
    assert len(told["title"]) == 20_000
    assert (told["tags"], told["chapters"], told["view_count"]) == (
        [None, None, "a"],
        {"a": 1},
        None,
    )
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize(
    ("info", "when"),
    [
        ({"timestamp": 1_780_272_000}, datetime(2026, 6, 1, tzinfo=UTC)),
        ({"timestamp": 1e30, "upload_date": "20260101"}, None),
        ({"upload_date": "20260203"}, datetime(2026, 2, 3, tzinfo=UTC)),
        ({"upload_date": "yesterday"}, None),
    ],
)
def test_when_a_video_was_published(info, when):
    assert published_at(info) == when


@pytest.mark.parametrize(
    ("complaints", "status", "item_status"),
    [
        (
            "No video formats found!\nUnable to download: HTTP Error 429: Too Many",
            "rate_limited",
            "unreachable",
        ),
        ("Sign in to confirm you’re not a bot", "rate_limited", "unreachable"),
        (
            "This content isn't available, try again later. The current session has been "
            "rate-limited by YouTube for up to an hour",
            "rate_limited",
            "unreachable",
        ),
        ("Private video. Sign in if you've been granted access", "gone", "gone"),
        ("Private video\nHTTP Error 429", "gone", "gone"),
        ("Sign in to confirm your age", "access_denied", "not_open_access"),
        ("Video unavailable. This video is no longer available", "gone", "gone"),
        (
            "Video unavailable. This video contains content from X, who has blocked it in your "
            "country on copyright grounds",
            "access_denied",
            "unreachable",
        ),
        (
            "This video is no longer available due to a copyright claim by X",
            "gone",
            "gone",
        ),
        (
            "This video is no longer available because the YouTube account associated with this "
            "video has been terminated",
            "gone",
            "gone",
        ),
        ("This live stream recording is not available.", "malformed", "off_topic"),
        ("HTTP Error 503: Service Unavailable", "server_error", "unreachable"),
        ("The read operation timed out", "network_error", "unreachable"),
        ("n challenge solving failed: Some formats may be missing", "malformed", "malformed"),
        ("something new", "malformed", "malformed"),
    ],
)
def test_complaints_have_a_kind(complaints, status, item_status):
    kind = kind_of(complaints)
    assert (kind.status, kind.item_status) == (status, item_status)


def test_a_fault_is_one_plain_sentence():
    told = Ear().fault(
        "\x1b[0;31mERROR:\x1b[0m [youtube] dQw4w9WgXcQ: Video unavailable; please report this"
    )
    assert (told.status, str(told)) == ("gone", "Video unavailable")
