"""Captions of a video: which there are, which are taken, and whether they came."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipeline.sources.youtube_faults import VideoError

KINDS = ("manual", "automatic")
# json3 has a time for each word; WebVTT of the machine rolls
FORMS = {"json3": "application/json", "vtt": "text/vtt"}
NAMES = {f"captions-{kind}.{form}": type_ for kind in KINDS for form, type_ in FORMS.items()}
_WORD = re.compile(r"\w")
_PASSING = frozenset({"rate_limited", "server_error", "network_error"})


@dataclass(frozen=True, slots=True)
class Track:
    """Captions in one language: `manual` or `automatic`, and where each form is served."""

    kind: str
    language: str
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Captions:
    """Captions that came, and why those before them did not.

    ``passed_over`` holds a sentence for each track and form that was asked for in vain.
    """

    track: Track
    form: str
    content: bytes
    passed_over: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the file, which says how the words came to be: `captions-manual.json3`."""
        return f"captions-{self.track.kind}.{self.form}"

    @property
    def told(self) -> dict[str, Any]:
        """What the record keeps of them; the address is signed and does not last."""
        return {
            "kind": self.track.kind,
            "language": self.track.language,
            "form": self.form,
            "passed_over": list(self.passed_over),
        }


def tracks(info: Mapping[str, Any], languages: Sequence[str]) -> list[Track]:
    """Return the tracks that may be taken, the best first.

    A person's come before the machine's. Of the machine's only those in the language that is
    spoken are taken: what it translated is told by the `tlang` of its address.
    """
    found: list[Track] = []
    for kind, field in zip(KINDS, ("subtitles", "automatic_captions"), strict=True):
        offered = info.get(field)
        offered = offered if isinstance(offered, Mapping) else {}
        for language in languages:
            for key in _keys_of(language, kind, offered):
                if urls := _urls(offered[key]):
                    found.append(Track(kind, key, urls))
                    break
    return found


def _keys_of(language: str, kind: str, offered: Mapping[str, Any]) -> list[str]:
    """Return the keys under which a language may stand: `en-orig`, `en`, then `en-GB` and such."""
    first = [f"{language}-orig", language] if kind == "automatic" else [language]
    variants = sorted(key for key in offered if str(key).startswith(f"{language}-"))
    return [key for key in dict.fromkeys((*first, *variants)) if key in offered]


def _urls(forms: Any) -> dict[str, str]:
    urls: dict[str, str] = {}
    for form in forms if isinstance(forms, list) else ():
        extension, url = (form.get("ext"), form.get("url")) if isinstance(form, dict) else ("", "")
        if extension in FORMS and isinstance(url, str) and not is_translated(url):
            urls.setdefault(extension, url)
    return urls


def is_translated(url: str) -> bool:
    """Tell whether an address asks for a translation by the machine."""
    return "tlang" in parse_qs(urlsplit(url).query)


def fetch_captions(
    info: Mapping[str, Any],
    languages: Sequence[str],
    ask: Callable[[str], bytes],
    *,
    withheld: bool = False,
) -> Captions:
    """Ask for captions, track by track and form by form, until some come that hold words.

    ``withheld`` tells that YouTube has captions which it gives only to a player with a token.

    Raises:
        VideoError: none came; `no_captions` unless a fault may have kept them.
    """
    there = tracks(info, languages)
    if not there and withheld:
        raise VideoError("no_captions", "YouTube gives the captions only to who has a PO token")
    if not there:
        raise VideoError("no_captions", f"the video has no captions in {', '.join(languages)}")
    passed_over: list[str] = []
    passing: VideoError | None = None
    for track, form in _choices(there):
        told = f"{track.kind} {form} in {track.language}"
        try:
            content = ask(track.urls[form])
        except VideoError as fault:
            passing = fault if fault.status in _PASSING else passing
            passed_over.append(f"{told}: {fault}")
            continue
        why = caption_fault(content, form)
        if why is None:
            return Captions(track, form, content, tuple(passed_over))
        passed_over.append(f"{told}: {why}")
    raise VideoError(passing.status if passing else "no_captions", "; ".join(passed_over))


def _choices(there: Sequence[Track]) -> Iterator[tuple[Track, str]]:
    return ((track, form) for track in there for form in FORMS if form in track.urls)


def caption_fault(content: bytes, form: str) -> str | None:
    """Return why captions that arrived hold no words, or null: an empty 200 is YouTube's no."""
    if not content.strip():
        return "YouTube answered with no captions at all"
    return _fault_of_json3(content) if form == "json3" else _fault_of_vtt(content)


def _fault_of_json3(content: bytes) -> str | None:
    try:
        told = json.loads(content)
        events = told["events"] if isinstance(told, dict) else []
    except (ValueError, KeyError, RecursionError):
        return "what came as captions is not json3"
    for event in events if isinstance(events, list) else ():
        segments = event.get("segs") if isinstance(event, dict) else None
        for segment in segments if isinstance(segments, list) else ():
            if isinstance(segment, dict) and _WORD.search(str(segment.get("utf8") or "")):
                return None
    return "the captions hold no words"


def _fault_of_vtt(content: bytes) -> str | None:
    if not content.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"WEBVTT"):
        return "what came as captions is not WebVTT"
    _, arrow, rest = content.partition(b"-->")
    words = _WORD.search(rest.partition(b"\n")[2].decode("utf-8", errors="replace"))
    return None if arrow and words else "the captions hold no words"
