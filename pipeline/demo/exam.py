"""A small evaluation set: changed copies of pictures of the sources, and look-alikes.

It stands for the user's own copy of a benchmark, whose pictures must not be trained on.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.demo.cases import draw_case, make_case
from pipeline.demo.pictures import Picture, encode_jpeg, encode_png, resize
from pipeline.demo.truth import Place, TruthBook

CROPPED_SHARE = 0.04
_TONE = 2  # that of the patient whose picture is cropped
_LOOK_ALIKES = ("melanocytic nevus", "melanoma", "plaque psoriasis", "seborrheic keratosis")


def _crop(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    top, left = round(height * CROPPED_SHARE / 2), round(width * CROPPED_SHARE / 2)
    return picture[top : height - top, left : width - left]


def _mirror(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def _recompress(picture: Picture) -> Picture:
    return resize(picture, picture.shape[1] * 4 // 5, picture.shape[0] * 4 // 5)


_Change = Callable[[Picture], Picture]
_COPIED: tuple[tuple[str, str, _Change, str], ...] = (
    ("ham10000", "ISIC_9900003", _recompress, "made smaller and compressed anew"),
    ("ham10000", "ISIC_9900026", _mirror, "mirrored"),
    ("pad_ufes_20", "PAT_9001_9102_9502", _crop, "cropped by 4%"),
)


def write_exam(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write three changed copies and four look-alikes; the datasets stand beside `folder`."""
    datasets = folder.parents[1] / "datasets"
    for number, (source, item, change, told) in enumerate(_COPIED, start=1):
        (path,) = sorted((datasets / source).rglob(f"{item}.*"))
        with Image.open(path) as opened:
            picture = np.array(opened.convert("RGB"), np.uint8)
        (folder / f"question-{number:02d}.jpg").write_bytes(encode_jpeg(change(picture), 80))
        note = f"An evaluation set holds it, {told}; what is trained must not see it."
        truth.plant("benchmark_picture", "dropped", note, Place(source, item))
    for number, disease in enumerate(_LOOK_ALIKES, start=len(_COPIED) + 1):
        case = replace(make_case(seed, f"exam {number}", disease), tone=_TONE)
        picture = draw_case(case, 400, 400)
        (folder / f"question-{number:02d}.png").write_bytes(encode_png(picture))
