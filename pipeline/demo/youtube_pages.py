"""The JSON that YouTube's pages and its innertube API give, for the demo's videos."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote, urlencode

from pipeline.demo.youtube_player import PLAYER_PATH, challenge

Video = dict[str, Any]
CHANNEL = "Invented Society of Dermatology"
CHANNEL_ID = "UCdemoDermatologyWorld00"
HANDLE = "@demodermatology"


def configuration() -> dict[str, Any]:
    """Return what `ytcfg.set` is called with on every page."""
    client = {
        "clientName": "WEB",
        "clientVersion": "2.20261101.00.00",
        "hl": "en",
        "gl": "US",
        "visitorData": "CgtkZW1vVmlzaXRvcg%3D%3D",
    }
    return {
        "INNERTUBE_API_KEY": "demo-key",
        "INNERTUBE_CONTEXT": {"client": client},
        "INNERTUBE_CONTEXT_CLIENT_NAME": 1,
        "INNERTUBE_CLIENT_VERSION": client["clientVersion"],
        "PLAYER_JS_URL": PLAYER_PATH,
        "VISITOR_DATA": client["visitorData"],
    }


def text(words: str) -> dict[str, Any]:
    """Return words as innertube writes them."""
    return {"runs": [{"text": words}]}


def player_response(video: Video, size: int) -> dict[str, Any]:
    """Return the player's answer: whether it plays, details, captions and one format."""
    if video["is_removed"]:
        return _refusal(video, "ERROR", "This video has been removed by the uploader")
    if video["is_private"]:
        return _refusal(video, "LOGIN_REQUIRED", "Private video")
    seconds = str(round(video["duration_s"]))
    published = f"{video['published']}T08:00:00-08:00"
    return {
        "playabilityStatus": {"status": "OK", "playableInEmbed": True},
        "streamingData": {
            "expiresInSeconds": "21540",
            "formats": [_format(video, size)],
            "adaptiveFormats": [],
        },
        "videoDetails": _details(video),
        "microformat": {
            "playerMicroformatRenderer": {
                "title": {"simpleText": video["title"]},
                "lengthSeconds": seconds,
                "ownerProfileUrl": f"http://www.youtube.com/{HANDLE}",
                "isFamilySafe": True,
                "category": "Education",
                "publishDate": published,
                "uploadDate": published,
            }
        },
        "captions": {"playerCaptionsTracklistRenderer": _tracks(video)},
    }


def _refusal(video: Video, status: str, reason: str) -> dict[str, Any]:
    return {
        "playabilityStatus": {
            "status": status,
            "reason": reason,
            "errorScreen": {"playerErrorMessageRenderer": {"reason": text(reason)}},
        },
        "videoDetails": {"videoId": video["id"]},
    }


def _details(video: Video) -> dict[str, Any]:
    return {
        "videoId": video["id"],
        "title": video["title"],
        "lengthSeconds": str(round(video["duration_s"])),
        "keywords": ["dermatology", "skin"],
        "channelId": CHANNEL_ID,
        "shortDescription": video["description"],
        "thumbnail": {"thumbnails": [_thumbnail(video)]},
        "viewCount": "1234",
        "author": CHANNEL,
        "isLiveContent": False,
        "isPrivate": False,
    }


def _thumbnail(video: Video) -> dict[str, Any]:
    address = f"https://i.ytimg.com/vi/{video['id']}/hqdefault.jpg"
    return {"url": address, "width": video["width"], "height": video["height"]}


def _format(video: Video, size: int) -> dict[str, Any]:
    parts = {
        "expire": 4102444800,
        "id": video["id"],
        "itag": 18,
        "source": "youtube",
        "mime": "video/mp4",
        "clen": size,
        "n": challenge(video["id"], "n"),
    }
    address = f"https://rr1---sn-demo.googlevideo.com/videoplayback?{urlencode(parts)}"
    made: dict[str, Any] = {
        "itag": 18,
        "mimeType": 'video/mp4; codecs="avc1.64001E, mp4a.40.2"',
        "width": video["width"],
        "height": video["height"],
        "fps": video["rate"],
        "quality": "medium",
        "qualityLabel": f"{video['height']}p",
        "bitrate": round(size * 8 / video["duration_s"]),
        "contentLength": str(size),
        "approxDurationMs": str(round(video["duration_s"] * 1000)),
        "audioQuality": "AUDIO_QUALITY_LOW",
        "audioChannels": 1,
    }
    if video["is_ciphered"]:
        sealed = {"s": challenge(video["id"], "s"), "sp": "sig", "url": address}
        return {**made, "signatureCipher": urlencode(sealed)}
    return {**made, "url": address}


def _tracks(video: Video) -> dict[str, Any]:
    address = f"https://www.youtube.com/api/timedtext?v={video['id']}&lang=en"
    by_machine = {
        "baseUrl": f"{address}&kind=asr",
        "name": text("English (auto-generated)"),
        "vssId": "a.en",
        "languageCode": "en",
        "kind": "asr",
        "isTranslatable": True,
    }
    by_person = {
        "baseUrl": address,
        "name": text("English"),
        "vssId": ".en",
        "languageCode": "en",
        "isTranslatable": True,
    }
    return {
        "captionTracks": [by_machine, *([by_person] if video["captions"] == "manual" else [])],
        "translationLanguages": [
            {"languageCode": "en", "languageName": text("English")},
            {"languageCode": "de", "languageName": text("German")},
        ],
    }


def watch_data(video: Video) -> dict[str, Any]:
    """Return `ytInitialData` of a watch page; only here does a licence stand."""
    rows = []
    if video["licence"]:
        row = {"title": text("License"), "contents": [text(video["licence"])]}
        rows.append({"metadataRowRenderer": row})
    owner = {
        "title": text(CHANNEL),
        "navigationEndpoint": {"browseEndpoint": {"canonicalBaseUrl": f"/{HANDLE}"}},
        "subscriberCountText": {"simpleText": "12K subscribers"},
    }
    contents = [
        {
            "videoPrimaryInfoRenderer": {
                "title": text(video["title"]),
                "dateText": {"simpleText": video["published"]},
            }
        },
        {
            "videoSecondaryInfoRenderer": {
                "owner": {"videoOwnerRenderer": owner},
                "metadataRowContainer": {"metadataRowContainerRenderer": {"rows": rows}},
            }
        },
    ]
    return {
        "contents": {"twoColumnWatchNextResults": {"results": {"results": {"contents": contents}}}}
    }


def search_data(videos: list[Video], query: str, parameters: str) -> dict[str, Any]:
    """Return one page of results: those with a word of the query, best first.

    `parameters` is the base64 protobuf that carries the filters of a search.
    """
    words = {word for word in query.lower().split() if len(word) > 2}
    only_free = wants_creative_commons(parameters)
    ranked = []
    for video in videos:
        said = f"{video['title']} {video['description']}".lower()
        score = sum(word in said for word in words)
        if score and (not only_free or video["is_found_as_free"]):
            ranked.append((-score, video["id"], video))
    found = [
        {"videoRenderer": result(video)} for _, _, video in sorted(ranked, key=lambda r: r[:2])
    ]
    lists = {"sectionListRenderer": {"contents": [{"itemSectionRenderer": {"contents": found}}]}}
    return {"contents": {"twoColumnSearchResultsRenderer": {"primaryContents": lists}}}


def wants_creative_commons(parameters: str) -> bool:
    """Tell whether a search's filters (field 2) hold the Creative Commons one (field 6)."""
    try:
        raw = base64.urlsafe_b64decode(unquote(unquote(parameters)))
    except (ValueError, binascii.Error):
        return False
    return b"\x30\x01" in raw[2:]


def result(video: Video) -> dict[str, Any]:
    """Return how a list shows a video."""
    seconds = round(video["duration_s"])
    return {
        "videoId": video["id"],
        "title": text(video["title"]),
        "lengthText": {"simpleText": f"{seconds // 60}:{seconds % 60:02d}"},
        "ownerText": text(CHANNEL),
        "viewCountText": {"simpleText": "1,234 views"},
        "publishedTimeText": {"simpleText": "6 months ago"},
        "descriptionSnippet": text(video["description"].split("\n")[0]),
        "thumbnail": {"thumbnails": [_thumbnail(video)]},
    }
