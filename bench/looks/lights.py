"""Lights and white balances under which a camera may see the same skin."""

from __future__ import annotations

import numpy as np

from pipeline.demo.pictures import Picture

# gains of linear red, green and blue
LIGHTS: dict[str, tuple[float, float, float]] = {
    "neutral": (1.0, 1.0, 1.0),
    "warm": (1.15, 1.0, 0.82),
    "lamp": (1.32, 1.0, 0.62),
    "cool": (0.92, 1.0, 1.12),
    "shade": (0.86, 1.0, 1.25),
    "green": (0.94, 1.06, 0.94),
    "strong green": (0.88, 1.12, 0.88),
    "magenta": (1.08, 0.93, 1.08),
    "dim": (0.42, 0.42, 0.42),
    "bright": (1.35, 1.35, 1.35),
}


def lit(picture: Picture, light: str) -> Picture:
    """Return the picture as seen under a light, with what is too bright cut off."""
    linear = (picture.astype(np.float32) / 255) ** 2.2 * np.array(LIGHTS[light], np.float32)
    return np.asarray(np.clip(linear, 0, 1) ** (1 / 2.2) * 255 + 0.5, np.uint8)
