"""Readers: one module per public dataset, from the user's own copy. Archives are not unpacked."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.sources.readers import (
    ddi,
    derm7pt,
    fitzpatrick17k,
    ham10000,
    isic,
    pad_ufes_20,
    scin,
)
from pipeline.sources.readers.class_folders import read_class_folders
from pipeline.sources.readers.records import Reader, Record

__all__ = ["READERS", "Reader", "Record"]

READERS: Mapping[str, Reader] = {
    "ham10000": ham10000.READER,
    "isic": isic.READER,
    "pad_ufes_20": pad_ufes_20.READER,
    "fitzpatrick17k": fitzpatrick17k.READER,
    "ddi": ddi.READER,
    "scin": scin.READER,
    "derm7pt": derm7pt.READER,
    "class_folders": read_class_folders,
}
