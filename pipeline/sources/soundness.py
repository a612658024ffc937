"""Soundness: whether a file came whole, and can be opened without harm.

What cannot be told from the outside is left to whoever decodes the file.
"""

from __future__ import annotations

import io
import struct
import zipfile

MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 2 * 1024**3
_MEMBER = b"PK\x01\x02"
_LONELY = frozenset({0x01, *range(0xD0, 0xD9)})  # JPEG markers without a length


def unsoundness(content: bytes) -> tuple[str, str] | None:
    """Return the class and the sentence of what is wrong with a file, or null."""
    if content.startswith(b"PK\x03\x04"):
        return _zip_fault(content)
    is_whole = True
    if content.startswith(b"\xff\xd8\xff"):
        is_whole = _jpeg_ends(content)
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        is_whole = _png_ends(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        is_whole = int.from_bytes(content[4:8], "little") + 8 <= len(content)
    return None if is_whole else ("malformed", f"it ends too early, after {len(content):,} bytes")


def _jpeg_ends(content: bytes) -> bool:
    """Tell whether the scan of a JPEG has an end; a thumbnail's end is not taken for it."""
    at = 2
    while at + 4 <= len(content):
        marker = content[at + 1]
        if content[at] != 0xFF:
            return True  # no JPEG that can be told: the decoder will say so
        if marker == 0xDA:
            return content.find(b"\xff\xd9", at) != -1
        if marker == 0xFF:
            at += 1
        elif marker in _LONELY:
            at += 2
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return False


def _png_ends(content: bytes) -> bool:
    at = 8
    while at + 12 <= len(content):
        if content[at + 4 : at + 8] == b"IEND":
            return True
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    return False


def _zip_fault(content: bytes) -> tuple[str, str] | None:
    """Tell a broken archive and a bomb by the directory at its end, unpacking nothing."""
    if content.count(_MEMBER) > MAX_MEMBERS:
        return "too_large", f"the archive has more than {MAX_MEMBERS:,} members"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        return "malformed", "the archive ends too early or is damaged"
    if sum(each.file_size for each in members) > MAX_UNPACKED_BYTES:
        return "too_large", f"the archive unpacks to more than {MAX_UNPACKED_BYTES:,} bytes"
    return None
