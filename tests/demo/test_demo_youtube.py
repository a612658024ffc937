import hashlib
import json
import sys
from pathlib import Path

import pytest
import requests
import yt_dlp

from pipeline.demo.video_plans import CREATIVE_COMMONS
from pipeline.demo.youtube_pages import search_data, wants_creative_commons
from pipeline.demo.youtube_player import challenge, solution

FREE = "https://www.youtube.com/results?search_query=dermatology+skin&sp=EgIwAQ%3D%3D"


class _Log:
    def __init__(self):
        self.errors = []

    def debug(self, message):
        pass

    def warning(self, message):
        pass

    def error(self, message):
        self.errors.append(message)


def _options(server, folder, log):
    return {
        "quiet": True,
        "logger": log,
        "ignoreerrors": True,
        "proxy": server.urls["youtube_proxy"],
        "outtmpl": str(folder / "%(id)s.%(ext)s"),
        "writeautomaticsub": True,
        "subtitleslangs": ["en"],
        "subtitlesformat": "json3",
        "js_runtimes": {"deno": {"path": str(Path(sys.executable).parent / "deno")}},
        "extractor_args": {"youtube": {"skip": ["translated_subs"]}},
        "cachedir": False,
    }


def test_yt_dlp_searches_reads_licences_and_downloads(server, world, tmp_path):
    log = _Log()
    options = {**_options(server, tmp_path, log), "nocheckcertificate": True}
    with yt_dlp.YoutubeDL(options) as downloader:
        found = downloader.extract_info(FREE, download=True)
    entries = {entry["id"]: entry for entry in found["entries"] if entry}
    assert sorted(entries) == [f"dcDemoVid0{n}" for n in range(1, 6)]
    free = [name for name, entry in entries.items() if entry.get("license") == CREATIVE_COMMONS]
    assert sorted(free) == [f"dcDemoVid0{n}" for n in range(1, 5)]
    assert "license" not in entries["dcDemoVid05"]
    assert len(log.errors) == 1
    assert "dcDemoVid06: This video has been removed" in log.errors[0]
    first = entries["dcDemoVid01"]
    assert (first["duration"], first["upload_date"]) == (37, "20260112")
    assert first["channel"] == "Invented Society of Dermatology"
    assert [chapter["title"] for chapter in first["chapters"]][1] == "Plaque psoriasis"
    for name in ("dcDemoVid01.mp4", "dcDemoVid02.mp4"):  # the second is behind a signature
        true = (world.folder / "youtube" / name).read_bytes()
        assert hashlib.md5((tmp_path / name).read_bytes()).digest() == hashlib.md5(true).digest()
    captions = json.loads((tmp_path / "dcDemoVid01.en.json3").read_text())
    assert captions["wireMagic"] == "pb3"


def test_yt_dlp_trusts_the_authority_that_is_given(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", server.urls["ca_path"])
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    log = _Log()
    options = {**_options(server, tmp_path, log), "compat_opts": {"no-certifi"}}
    with yt_dlp.YoutubeDL(options) as downloader:
        found = downloader.extract_info("ytsearch2:skin", download=False, process=False)
        assert len(list(found["entries"])) == 2
    assert log.errors == []
    monkeypatch.delenv("SSL_CERT_FILE")
    with yt_dlp.YoutubeDL(options) as downloader:
        refused = downloader.extract_info("https://www.youtube.com/watch?v=dcDemoVid01")
    assert refused is None
    assert "CERTIFICATE_VERIFY_FAILED" in log.errors[0]


def _timedtext(server, **query):
    address = "https://www.youtube.com/api/timedtext"
    proxies = {"https": server.urls["youtube_proxy"]}
    return requests.get(
        address, params=query, proxies=proxies, verify=server.urls["ca_path"], timeout=5
    )


def test_captions_come_as_the_plan_of_each_video_says(server):
    empty = _timedtext(server, v="dcDemoVid07", kind="asr", fmt="json3")
    assert (empty.status_code, empty.content) == (200, b"")
    rolling = _timedtext(server, v="dcDemoVid07", kind="asr", fmt="vtt").text
    assert rolling.startswith("WEBVTT")
    assert rolling.count("<c> ") > 10
    busy = {"v": "dcDemoVid03", "kind": "asr", "fmt": "json3"}
    assert [_timedtext(server, **busy).status_code for _ in range(2)] == [429, 200]
    manual = _timedtext(server, v="dcDemoVid04", fmt="json3").json()
    assert all("acAsrConf" not in seg for event in manual["events"] for seg in event["segs"])


def test_yt_dlp_lists_the_channel_in_parts_and_the_playlist(server, tmp_path):
    log = _Log()
    options = {**_options(server, tmp_path, log), "nocheckcertificate": True, "extract_flat": True}
    with yt_dlp.YoutubeDL(options) as downloader:
        channel = downloader.extract_info("https://www.youtube.com/@demodermatology/videos")
        playlist = downloader.extract_info(
            "https://www.youtube.com/playlist?list=PLdemoDermatology01"
        )
    assert [entry["id"] for entry in channel["entries"]] == [
        f"dcDemoVid0{n}" for n in (7, 5, 4, 3, 2, 1)
    ]
    assert [(entry["id"], entry["title"][:10]) for entry in playlist["entries"]] == [
        ("dcDemoVid02", "Pigmented "),
        ("dcDemoVid08", "[Private v"),
        ("dcDemoVid01", "Papulosqua"),
    ]
    assert log.errors == []


def test_only_a_solved_challenge_opens_a_video(server):
    address = "https://rr1---sn-demo.googlevideo.com/videoplayback"
    proxies = {"https": server.urls["youtube_proxy"]}
    statuses = []
    for n in (challenge("dcDemoVid01", "n"), solution("dcDemoVid01", "n")):
        query = {"id": "dcDemoVid01", "n": n}
        answer = requests.get(
            address, params=query, proxies=proxies, verify=server.urls["ca_path"], timeout=5
        )
        statuses.append(answer.status_code)
    assert statuses == [403, 200]


@pytest.mark.parametrize(
    ("parameters", "free"),
    [("EgIwAQ==", True), ("EgQQATAB", True), ("EgIQAQ==", False), ("", False)],
)
def test_the_licence_filter_is_read_from_the_parameters(parameters, free):
    assert wants_creative_commons(parameters) is free


def test_search_finds_by_words(world):
    videos = json.loads((world.folder / "youtube" / "videos.json").read_text())

    def found(query):
        page = search_data(videos, query, "")
        lists = page["contents"]["twoColumnSearchResultsRenderer"]["primaryContents"]
        rows = lists["sectionListRenderer"]["contents"][0]["itemSectionRenderer"]["contents"]
        return [row["videoRenderer"]["videoId"] for row in rows]

    assert found("rosacea") == ["dcDemoVid04"]
    assert found("xylophone") == []
    assert len(found("dermatology")) == 8
