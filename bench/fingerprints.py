"""Pictures per second of exact and fast fingerprints, beside `imagehash.phash`, on one thread.

All ways start from the bytes of JPEGs of 1024 pixels and are taken in turns. CPU time is told, and
the best of a few rounds, for other things run on the machine. The fast hash and the exact one are
compared bit for bit with imagehash.

python bench/fingerprints.py [--pictures 60] [--rounds 5] [--json]
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Callable

import cv2
import imagehash
import numpy as np
from PIL import Image

from pipeline.demo.diseases import DISEASES
from pipeline.demo.pictures import generator
from pipeline.demo.skin import draw_dermoscopy, draw_skin
from pipeline.images.decode import decode_picture
from pipeline.images.fingerprint import fast_levels, fingerprint_fast, fingerprint_pixels
from pipeline.images.phash import phash, quick_phash, shrink_as_imagehash

NAMES = sorted(DISEASES)
SIZES = ((1024, 768), (768, 1024), (1024, 1024), (1024, 683))


def draw(number: int, seed: int = 201) -> bytes:
    """Return a picture with 1024 pixels on its longer side, as a JPEG of quality 90."""
    rng = generator(seed, f"print {number}")
    width, height = SIZES[number % len(SIZES)]
    recipe = DISEASES[NAMES[number % len(NAMES)]].recipe
    tone = 1 + number % 6
    pixels = (
        draw_dermoscopy(rng, recipe, tone, width, height)
        if number % 3 == 2
        else draw_skin(rng, recipe, tone, width, height)
    )
    grain = rng.normal(0, 2.5, pixels.shape)  # of a sensor: generated skin is too smooth
    out = io.BytesIO()
    noisy = np.clip(pixels + grain, 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(out, "JPEG", quality=90)
    return out.getvalue()


def usual(content: bytes) -> int:
    """Hash as everybody does: decode with Pillow, then imagehash."""
    return int(str(imagehash.phash(Image.open(io.BytesIO(content)))), 16)


WAYS: dict[str, Callable[[bytes], object]] = {
    "imagehash": usual,
    "exact hash": lambda content: phash(shrink_as_imagehash(decode_picture(content))),
    "fast hash": lambda content: quick_phash(fast_levels(content)[0]),
    "exact fingerprint": lambda content: fingerprint_pixels(decode_picture(content)),
    "fast fingerprint": fingerprint_fast,
    "decoding at 1/8 alone": lambda content: cv2.imdecode(
        np.frombuffer(content, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8
    ),
}


def clock(contents: list[bytes], rounds: int) -> dict[str, float]:
    """Return the CPU milliseconds per picture of each way, of its best round."""
    best = dict.fromkeys(WAYS, np.inf)
    for _ in range(rounds):
        spent = dict.fromkeys(WAYS, 0.0)
        for name, way in WAYS.items():
            start = time.thread_time()
            for content in contents:
                way(content)
            spent[name] = time.thread_time() - start
        best = {name: min(best[name], spent[name]) for name in WAYS}
    return {name: 1000 * float(found) / len(contents) for name, found in best.items()}


def measure(count: int, rounds: int) -> dict[str, float]:
    """Return speeds, and how the hashes differ from those of imagehash."""
    cv2.setNumThreads(1)
    contents = [draw(number) for number in range(count)]
    spent = clock(contents, rounds)
    hashes = [usual(content) for content in contents]
    exact = [fingerprint_pixels(decode_picture(content))["phash"] for content in contents]
    fast = [fingerprint_fast(content)["phash"] for content in contents]
    apart = np.array([(one ^ other).bit_count() for one, other in zip(hashes, fast, strict=True)])
    pairs = zip(hashes, exact, strict=True)
    told = {
        "fast_ratio": spent["imagehash"] / spent["fast hash"],
        "fast_fingerprint_ratio": spent["imagehash"] / spent["fast fingerprint"],
        "fast_within_2_bits": float((apart <= 2).mean()),
        "fast_most_bits": float(apart.max()),
        "exact_equal_share": sum(one == other for one, other in pairs) / count,
    }
    return {f"{name} ms": found for name, found in spent.items()} | told


def main() -> None:
    """Print a table, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", type=int, default=60)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    told = {
        name: round(value, 4) for name, value in measure(chosen.pictures, chosen.rounds).items()
    }
    if chosen.json:
        print(json.dumps(told))
        return
    for name in WAYS:
        spent = told[f"{name} ms"]
        print(f"{name:>24}  {spent:7.2f} ms  {1000 / spent:7.0f} pictures/s")
    for name, value in list(told.items())[len(WAYS) :]:
        print(f"{name:>24}  {value}")


if __name__ == "__main__":
    main()
