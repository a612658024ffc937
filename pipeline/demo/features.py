"""What lies on a lesion: scale, crust, vessels, blisters, warts.

Every feature takes a generator, skin in L*a*b* and the lesion mask, and returns the skin.
"""

from collections.abc import Callable

import cv2
import numpy as np

from pipeline.demo.pictures import Field, noise

Feature = Callable[[np.random.Generator, Field, Field], Field]


def _blend(lab: Field, amount: Field, paint: tuple[float, float, float]) -> Field:
    share = np.clip(amount, 0, 1)[..., None]
    return np.asarray(lab * (1 - share) + np.array(paint, np.float32) * share, np.float32)


def _scale(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    flakes = noise(rng, *mask.shape, coarsest=28, octaves=3)
    return _blend(lab, np.clip((flakes - 0.52) * 7, 0, 0.85) * (mask > 0.35), (88, 2, 4))


def _crust(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    patches = noise(rng, *mask.shape, coarsest=14, octaves=3)
    return _blend(lab, np.clip((patches - 0.5) * 8, 0, 0.85) * (mask > 0.4), (58, 16, 44))


def _ulcer(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    core = cv2.GaussianBlur(mask, (0, 0), max(mask.shape) * 0.035)
    depth = np.clip((core - rng.uniform(0.5, 0.58)) * 6, 0, 0.85)
    return _blend(lab, np.asarray(depth, np.float32), (30, 30, 18))


def _scarred(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    core = cv2.GaussianBlur(mask, (0, 0), max(mask.shape) * 0.03)
    pale = np.clip((core - rng.uniform(0.5, 0.56)) * 3, 0, 0.6)
    return _blend(lab, np.asarray(pale, np.float32), (80, 6, 10))


def _dome(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    """Light every lesion from one side, as a raised surface is."""
    height_map = cv2.GaussianBlur(mask, (0, 0), 4)
    angle = rng.uniform(0, 2 * np.pi)
    slope_x = cv2.Sobel(height_map, cv2.CV_32F, 1, 0)
    slope_y = cv2.Sobel(height_map, cv2.CV_32F, 0, 1)
    relief = slope_x * np.cos(angle) + slope_y * np.sin(angle)
    lab = lab.copy()
    lab[..., 0] += np.clip(relief * 26, -12, 18)
    return lab


def _mottled(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    clouds = noise(rng, *mask.shape, coarsest=7, octaves=4)
    lab = lab.copy()
    lab[..., 0] += (clouds - 0.5) * 26 * mask
    lab[..., 1] += (clouds - 0.5) * 10 * mask
    return lab


def _warty(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    bumps = noise(rng, *mask.shape, coarsest=34, octaves=2)
    lab = lab.copy()
    lab[..., 0] += (bumps - 0.45) * 34 * mask
    return lab


def _lichenified(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    """Lay a net of fine pale lines over the lesions."""
    net = np.abs(noise(rng, *mask.shape, coarsest=26, octaves=2) - 0.5)
    return _blend(lab, np.clip((0.035 - net) * 22, 0, 0.55) * mask, (82, 4, 8))


def _spots(
    rng: np.random.Generator, mask: Field, count: int, radius: tuple[float, float]
) -> tuple[Field, Field]:
    """Return round spots placed on lesions, and a small highlight on each."""
    spots: Field = np.zeros_like(mask)
    lights: Field = np.zeros_like(mask)
    rows, columns = np.nonzero(mask > 0.4)
    if not len(rows):
        return spots, lights
    for place in rng.integers(len(rows), size=count):
        size = rng.uniform(*radius)
        x, y = int(columns[place]), int(rows[place])
        cv2.circle(spots, (x, y), max(1, round(size)), 1.0, -1, cv2.LINE_AA)
        spark = (x - round(size * 0.35), y - round(size * 0.35))
        cv2.circle(lights, spark, max(1, round(size * 0.25)), 1.0, -1, cv2.LINE_AA)
    return spots, lights


def _vesicles(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    spots, lights = _spots(rng, mask, int(rng.integers(30, 60)), (3, 8))
    return _blend(_blend(lab, spots * 0.6, (74, 12, 10)), lights * 0.9, (97, 0, 0))


def _blisters(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    spots, lights = _spots(rng, mask, int(rng.integers(5, 10)), (14, 30))
    return _blend(_blend(lab, spots * 0.65, (70, 12, 24)), lights * 0.9, (97, 0, 0))


def _pustules(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    spots, lights = _spots(rng, mask, int(rng.integers(8, 18)), (3, 6))
    return _blend(_blend(lab, spots * 0.85, (86, 2, 30)), lights * 0.6, (97, 0, 0))


def _comedones(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    spots, _ = _spots(rng, mask, int(rng.integers(12, 28)), (1, 3))
    return _blend(lab, spots * 0.9, (14, 3, 5))


def _telangiectasia(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    """Draw branching red vessels that start on lesions."""
    vessels: Field = np.zeros_like(mask)
    rows, columns = np.nonzero(mask > 0.45)
    for _ in range(int(rng.integers(8, 15)) if len(rows) else 0):
        place = int(rng.integers(len(rows)))
        point = np.array([columns[place], rows[place]], np.float64)
        angle = rng.uniform(0, 2 * np.pi)
        for _ in range(int(rng.integers(6, 14))):
            angle += rng.normal(0, 0.5)
            ahead = point + 9 * np.array([np.cos(angle), np.sin(angle)])
            ends = [(int(x), int(y)) for x, y in (point, ahead)]
            cv2.line(vessels, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
            point = ahead
    return _blend(lab, vessels * 0.8 * (mask > 0.15), (36, 48, 26))


def _scratches(rng: np.random.Generator, lab: Field, mask: Field) -> Field:
    lines: Field = np.zeros_like(mask)
    lean = rng.uniform(0, np.pi)
    rows, columns = np.nonzero(mask > 0.3)
    for _ in range(int(rng.integers(8, 18)) if len(rows) else 0):
        place = int(rng.integers(len(rows)))
        turn, reach = lean + rng.normal(0, 0.2), rng.uniform(15, 55)
        x, y = int(columns[place]), int(rows[place])
        end = (int(x + reach * np.cos(turn)), int(y + reach * np.sin(turn)))
        cv2.line(lines, (x, y), end, 1.0, 2, cv2.LINE_AA)
    return _blend(lab, lines * 0.75, (38, 36, 20))


FEATURES: dict[str, Feature] = {
    "blisters": _blisters,
    "comedones": _comedones,
    "crust": _crust,
    "dome": _dome,
    "lichenified": _lichenified,
    "mottled": _mottled,
    "pustules": _pustules,
    "scale": _scale,
    "scarred": _scarred,
    "scratches": _scratches,
    "telangiectasia": _telangiectasia,
    "ulcer": _ulcer,
    "vesicles": _vesicles,
    "warty": _warty,
}
