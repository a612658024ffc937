"""Trees: XML from a host, read without doing anything that it asks for."""

from __future__ import annotations

from typing import Any

from lxml import etree


class TreeError(Exception):
    """Bytes that are no XML we read; the message is half a sentence."""


def read_tree(content: bytes) -> etree._Element:
    """Return the root of a document.

    Nothing outside the bytes is read, and a document that declares entities of its own is refused:
    what it says would depend on how often and whence they are filled in.

    Raises:
        TreeError: it is not well-formed, or it declares entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
        told = " ".join(str(getattr(fault, "msg", fault)).split())
        raise TreeError(f"it is not well-formed XML: {told[:200]}") from fault
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.iterentities()), None) is not None:
        raise TreeError("it declares entities of its own")
    return root


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace; empty for comments and instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
