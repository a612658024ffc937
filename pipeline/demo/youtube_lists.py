"""The JSON of the demo's channel, which comes in parts, and of its playlist."""

from typing import Any

from pipeline.demo.youtube_pages import CHANNEL, CHANNEL_ID, HANDLE, Video, result, text

CHANNEL_PATH = f"/{HANDLE}/videos"
_PART = 4  # videos of a channel that come at once


def channel_data(videos: list[Video]) -> dict[str, Any]:
    """Return `ytInitialData` of the channel's videos: the first part."""
    tab = {
        "title": "Videos",
        "selected": True,
        "endpoint": {"commandMetadata": {"webCommandMetadata": {"url": CHANNEL_PATH}}},
        "content": {"richGridRenderer": {"contents": _part(videos, 0)}},
    }
    home = "https://www.youtube.com"
    channel = {
        "title": CHANNEL,
        "description": "Lectures on invented patients.",
        "externalId": CHANNEL_ID,
        "channelUrl": f"{home}/channel/{CHANNEL_ID}",
        "vanityChannelUrl": f"{home}/{HANDLE}",
    }
    return {**_tabs(tab), "metadata": {"channelMetadataRenderer": channel}}


def channel_page(videos: list[Video], token: str) -> dict[str, Any]:
    """Return the part of the channel's videos that a continuation asks for."""
    _, _, start = token.partition("from-")
    items = _part(videos, int(start)) if start.isdecimal() else []
    action = {"appendContinuationItemsAction": {"continuationItems": items}}
    return {"onResponseReceivedActions": [action]}


def _part(videos: list[Video], start: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"richItemRenderer": {"content": {"lockupViewModel": _lockup(video)}}}
        for video in videos[start : start + _PART]
    ]
    if start + _PART < len(videos):
        command = {"token": f"from-{start + _PART}", "request": "CONTINUATION_REQUEST_TYPE_BROWSE"}
        endpoint = {
            "commandMetadata": {"webCommandMetadata": {"apiUrl": "/youtubei/v1/browse"}},
            "continuationCommand": command,
        }
        items.append({"continuationItemRenderer": {"continuationEndpoint": endpoint}})
    return items


def _lockup(video: Video) -> dict[str, Any]:
    title = {"title": {"content": video["title"]}}
    return {
        "contentId": video["id"],
        "contentType": "LOCKUP_CONTENT_TYPE_VIDEO",
        "metadata": {"lockupMetadataViewModel": title},
    }


def playlist_data(videos: list[Video]) -> dict[str, Any]:
    """Return `ytInitialData` of the playlist, which names private videos without their title."""
    rows = [
        {"playlistVideoRenderer": {**result(video), "title": text(_title(video))}}
        for video in videos
    ]
    videos_of_it = {"playlistVideoListRenderer": {"contents": rows}}
    section = {"itemSectionRenderer": {"contents": [videos_of_it]}}
    tab = {"selected": True, "content": {"sectionListRenderer": {"contents": [section]}}}
    return {**_tabs(tab), "metadata": {"playlistMetadataRenderer": {"title": "Lectures"}}}


def _title(video: Video) -> str:
    return "[Private video]" if video["is_private"] else str(video["title"])


def _tabs(tab: dict[str, Any]) -> dict[str, Any]:
    return {"contents": {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": tab}]}}}
