"""An image-text model as a filter: which label's sentences agree best with a picture.

Needs the extra `similarity` (open_clip) and a file of weights; nothing is downloaded.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

from pipeline.errors import CatalogError
from pipeline.images.decode import Pixels
from pipeline.picture_entries import ZeroShot


def open_zero_shot(entry: ZeroShot) -> Callable[[Pixels], dict[str, float]]:
    """Open the model, encode its sentences once, and return the judge.

    Raises:
        CatalogError: open_clip is not installed, or cannot open the file as that architecture.
    """
    if importlib.util.find_spec("open_clip") is None:
        raise CatalogError(
            "screening.zero_shot needs open_clip, which is not installed; install the extra "
            "`similarity`, or take the entry out to let the rules answer"
        )
    clip: Any = importlib.import_module("open_clip")
    torch: Any = importlib.import_module("torch")
    pillow: Any = importlib.import_module("PIL.Image")
    try:
        model, _, prepare = clip.create_model_and_transforms(entry.model, pretrained=entry.path)
    except (RuntimeError, ValueError, KeyError, OSError) as fault:
        raise CatalogError(
            f"open_clip cannot open {entry.path} as {entry.model}: "
            f"{' '.join(str(fault).split())[:200]}"
        ) from fault
    model.eval()
    torch.set_num_threads(1)  # sums in one order
    tokens = clip.get_tokenizer(entry.model)
    with torch.inference_mode():
        meant = [model.encode_text(tokens(list(each))) for each in entry.sentences.values()]
        meant = [_unit((each / each.norm(dim=-1, keepdim=True)).mean(dim=0)) for each in meant]
        stacked, sharpness = torch.stack(meant), model.logit_scale.exp()

    def judge(pixels: Pixels) -> dict[str, float]:
        with torch.inference_mode():
            seen = _unit(model.encode_image(prepare(pillow.fromarray(pixels))[None])[0])
            shares = (sharpness * (stacked @ seen)).softmax(dim=0).tolist()
        return {
            label: round(share, 4) for label, share in zip(entry.sentences, shares, strict=True)
        }

    return judge


def _unit(vector: Any) -> Any:
    return vector / vector.norm()
