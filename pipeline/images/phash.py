"""The perceptual hash of imagehash, of one picture and of many, and its lists in hexadecimal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import cv2
import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.fft import dct  # type: ignore[import-untyped]

from pipeline.errors import DermcurateError
from pipeline.images.srgb import Pixels

HASH_SIDE = 8
REDUCED_SIDE = 32  # the pHash is taken on 32 x 32 grey levels
HEX_DIGITS = 16

Hashes: TypeAlias = npt.NDArray[np.uint64]
Grey: TypeAlias = npt.NDArray[np.uint8]
Coefficients: TypeAlias = npt.NDArray[np.float32]

_DCT = np.asarray(dct(np.eye(REDUCED_SIDE), axis=0)[:HASH_SIDE], np.float32)
_WEIGHTS = np.uint64(1) << np.arange(63, -1, -1, dtype=np.uint64)
_ODD = np.where(np.arange(HASH_SIDE) % 2, -1, 1).astype(np.float32)


class HashListError(DermcurateError):
    """A list of hashes that holds something else."""


def shrink_as_imagehash(pixels: Pixels, extent: tuple[float, float] | None = None) -> Grey:
    """Return the 32 x 32 grey levels of which imagehash takes the pHash of a picture, RGB.

    `extent` is the width and height that the picture fills, if not all.
    """
    grey = Image.fromarray(np.ascontiguousarray(pixels)).convert("L")
    side = (REDUCED_SIDE, REDUCED_SIDE)
    return np.asarray(
        grey.resize(side, Image.Resampling.LANCZOS, box=(0, 0, *(extent or grey.size))), np.uint8
    )


def phash(levels: Grey) -> int:
    """Return `imagehash.phash` as an integer, its first bit the highest.

    imagehash leaves a picture of 32 x 32 as it is: the grey levels may be those already.
    """
    picture = Image.fromarray(levels)
    bits = imagehash.phash(picture, hash_size=HASH_SIDE, highfreq_factor=REDUCED_SIDE // HASH_SIDE)
    return int.from_bytes(np.packbits(bits.hash.flatten()).tobytes(), "big")


def quick_phash(levels: Grey) -> int:
    """Return the same hash from one matrix product; of flat pictures, bits may differ."""
    return int(hash_coefficients(coefficients(levels[None]))[0])


def coefficients(greys: Grey) -> Coefficients:
    """Return the lowest 8 x 8 cosine coefficients of pictures, (n, 32, 32) -> (n, 8, 8)."""
    return np.asarray(_DCT @ greys.astype(np.float32) @ _DCT.T, np.float32)


def turned_coefficients(one: Coefficients) -> Coefficients:
    """Return those of the mirrored picture and of its turns by 1, 2 and 3 quarters, (4, 8, 8).

    A mirror changes the sign of odd frequencies, a turn exchanges rows and columns as well.
    """
    across, down = _ODD[None, :], _ODD[:, None]
    return np.stack([one * across, (one * across).T, one * across * down, (one * down).T])


def hash_coefficients(found: Coefficients) -> Hashes:
    """Return the hash of each of n sets of coefficients: which of them exceed their median."""
    flat = found.reshape(len(found), -1)
    above = flat > np.median(flat, axis=1, keepdims=True)
    return np.asarray((above * _WEIGHTS).sum(axis=1, dtype=np.uint64), np.uint64)


def shrink(grey: Grey) -> Grey:
    """Return a grey picture in 32 x 32."""
    side = (REDUCED_SIDE, REDUCED_SIDE)
    return np.asarray(cv2.resize(grey, side, interpolation=cv2.INTER_AREA), np.uint8)


def to_hex(value: int) -> str:
    """Return a hash as imagehash prints it: 16 hexadecimal digits."""
    return f"{value:0{HEX_DIGITS}x}"


def write_hashes(values: Iterable[int]) -> str:
    """Return a list of hashes as text, one a line, as `imagehash.hex_to_hash` reads them."""
    return "".join(f"{to_hex(int(value))}\n" for value in values)


def read_hashes(text: str) -> Hashes:
    """Read a list of hashes as imagehash prints them; empty lines are passed over.

    Raises:
        HashListError: a line is not 16 hexadecimal digits.
    """
    values = []
    for number, line in enumerate(text.splitlines(), start=1):
        word = line.strip()
        if not word:
            continue
        if len(word) != HEX_DIGITS or set(word.lower()) - set("0123456789abcdef"):
            raise HashListError(
                f"line {number} of the list is not a 64-bit hash in 16 hexadecimal digits; "
                "write it with str(imagehash.phash(picture))"
            )
        values.append(int(word, 16))
    return np.array(values, np.uint64)
