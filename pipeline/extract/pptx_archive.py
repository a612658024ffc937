"""The archive of a PPTX: looked through before anything of it is unpacked."""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import zipfile
import zlib
from pathlib import Path

from lxml import etree

from pipeline.extract.deck import DeckError
from pipeline.images.decode import PictureError

MAX_UNPACKED_BYTES = 2_000_000_000
MAX_XML_BYTES = 30_000_000  # one part; text is small, pictures are not unpacked
MAX_ALL_XML_BYTES = 300_000_000
MAX_MEDIA_BYTES = 120_000_000  # one picture
MAX_MEMBERS = 20_000
# what damaged archives raise
BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
_OLE = b"\xd0\xcf\x11\xe0"
_XML = (".xml", ".rels")
_TYPES = "[Content_Types].xml"
_PRESENTATION = (
    b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
)
_SPECIAL = re.compile(
    rb"application/vnd\.(?:openxmlformats-officedocument\.presentationml\.(?:slideshow|template)"
    rb"|ms-powerpoint\.(?:presentation|slideshow|template)\.macroEnabled)\.main\+xml"
)


class Archive:
    """An open PPTX. Its pictures stay packed until they are asked for.

    Raises:
        DeckError: it is encrypted, an old office file, or a bomb.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if file.read(4) == _OLE:
                raise DeckError(
                    "the file is encrypted or an old PowerPoint file; save it as PPTX or PDF, "
                    "without a password"
                )
        self._archive = zipfile.ZipFile(path)
        self._members = {each.filename: each for each in self._archive.infolist()}
        try:
            self._check_size()
        except DeckError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _check_size(self) -> None:
        members = self._archive.infolist()
        texts = [each.file_size for each in members if each.filename.lower().endswith(_XML)]
        unpacked = sum(each.file_size for each in members)
        if (
            len(members) > MAX_MEMBERS
            or unpacked > MAX_UNPACKED_BYTES
            or sum(texts) > MAX_ALL_XML_BYTES
            or max(texts, default=0) > MAX_XML_BYTES
        ):
            raise DeckError(
                f"the PPTX unpacks to {unpacked:,} bytes in {len(members):,} parts, which is over "
                "the limit"
            )

    def without_media(self) -> io.BytesIO:
        """Return the same package with nothing in its pictures, films and enclosures.

        A relation to a part that is not there is dropped, and a show, a template or a deck with
        macros called a presentation: either would keep the deck from opening.
        """
        light = io.BytesIO()
        with zipfile.ZipFile(light, "w") as new:
            for name in self._members:
                body = self._archive.read(name) if name.lower().endswith(_XML) else b""
                if name == _TYPES:
                    body = _SPECIAL.sub(_PRESENTATION, body)
                new.writestr(name, self._sound_relations(name, body))
        light.seek(0)
        return light

    def _sound_relations(self, name: str, body: bytes) -> bytes:
        if not name.endswith(".rels"):
            return body
        folder = posixpath.dirname(posixpath.dirname(name))
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        dangling = [
            each
            for each in root
            if each.get("TargetMode") != "External"
            and _part(folder, each.get("Target", "")) not in self._members
        ]
        for each in dangling:
            root.remove(each)
        return etree.tostring(root) if dangling else body

    def read(self, part: str) -> bytes:
        """Unpack a picture.

        Raises:
            PictureError: it is not there, broken, or too large.
        """
        member = self._members.get(part.lstrip("/"))
        if member is None:
            raise PictureError("undecodable", "the deck names a picture that it does not hold")
        if member.file_size > MAX_MEDIA_BYTES:
            why = (
                f"the picture has {member.file_size:,} bytes, at most {MAX_MEDIA_BYTES:,} are read"
            )
            raise PictureError("too_large", why)
        try:
            return self._archive.read(member)
        except BROKEN_ARCHIVE as fault:
            why = f"the picture cannot be unpacked: {fault}"
            raise PictureError("undecodable", why) from fault


def _part(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
