"""Agreement: how alike a model of the open_clip kind finds a picture and its words.

Weights are a file on this machine, named by the catalog; nothing is downloaded, and the library
(extra `similarity`) is imported only when a model is named. Scores can differ in their last digits
between kinds of processor; they are rounded to four.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from pipeline.errors import SourceError
from pipeline.extract.extracted import Extracted
from pipeline.images.decode import decode_picture
from pipeline.store import MediaStore

_ONE_AT_A_TIME = threading.Lock()  # a model uses all cores, or the one accelerator
Vectors = np.ndarray[Any, np.dtype[np.float64]]
_BATCH = 32
_OWN_WORDS = ("hf_model_name", "hf_tokenizer_name")  # settings that make open_clip ask a hub


class _Loaded(NamedTuple):
    library: Any
    torch: Any
    network: Any
    prepare: Any
    tokens: Any


def check_weights(told: Mapping[str, Any]) -> None:
    """Check that the catalog's `similarity` names weights, and that the library is installed.

    Raises:
        SourceError: one of them is not there.
    """
    if not Path(told["weights"]).is_file():
        raise SourceError(
            f"similarity names the weights {told['weights']}, and there is no such file; name the "
            "file of an open_clip model, or set similarity to null"
        )
    if importlib.util.find_spec("open_clip") is None:
        raise SourceError(
            "similarity is set, but open-clip-torch is not installed; install the extra "
            "`similarity`, or set similarity to null"
        )


def judge_pairs(extracted: Extracted, media: MediaStore, told: Mapping[str, Any]) -> None:
    """Give each pair its `similarity`; one below `min_score` becomes `unlike`.

    Args:
        extracted: rows of one item; its pairs are changed.
        media: the store that holds its pictures.
        told: `model`, `weights` and `min_score` of the catalog's `similarity`.

    Raises:
        SourceError: the model is not there, or cannot be loaded.
    """
    pictures = {row["image_id"]: row["sha256"] for row in extracted.images if row.get("sha256")}
    words = {row["text_id"]: row["text"] for row in extracted.texts if row["status"] == "ok"}
    pairs = [p for p in extracted.pairs if p["image_id"] in pictures and p["text_id"] in words]
    if not pairs:
        return
    images = sorted({pair["image_id"] for pair in pairs})
    texts = sorted({pair["text_id"] for pair in pairs})
    with _ONE_AT_A_TIME:
        model = load_model(told["model"], told["weights"])
        seen = _embedded_pictures(model, [pictures[each] for each in images], media)
        read = _embedded_texts(model, [words[each] for each in texts])
    alike = seen @ read.T
    for pair in pairs:
        score = float(alike[images.index(pair["image_id"]), texts.index(pair["text_id"])])
        pair["similarity"] = round(score, 4)
        least = told["min_score"]
        if least is not None and pair["similarity"] < least:
            pair["status"] = "unlike"
            pair["error"] = f"similarity {pair['similarity']} is below {least}"


@lru_cache(maxsize=1)
def load_model(name: str, weights: str) -> _Loaded:
    """Return a model with its weights.

    Raises:
        SourceError: the library or the weights are not there, or do not fit together.
    """
    check_weights({"weights": weights})
    library, torch = (importlib.import_module(each) for each in ("open_clip", "torch"))
    shape = library.get_model_config(name)
    if shape is None:
        raise SourceError(
            f"open_clip knows no model {name}; set similarity.model to the name of one of its "
            "architectures, ViT-B-16 for one"
        )
    if "siglip" in name.lower() or any(key in shape.get("text_cfg", {}) for key in _OWN_WORDS):
        raise SourceError(
            f"the model {name} fetches its tokenizer from a hub, and nothing is downloaded here; "
            "name one with CLIP's own tokenizer"
        )
    try:
        network, _, prepare = library.create_model_and_transforms(name, pretrained=weights)
    except (RuntimeError, OSError, ValueError, KeyError, EOFError) as fault:
        told = " ".join(str(fault).split())[:200]
        raise SourceError(
            f"the weights {weights} cannot be loaded as {name} ({told}); name the architecture "
            "that they belong to"
        ) from fault
    network.eval()
    return _Loaded(library, torch, network, prepare, library.get_tokenizer(name))


def _embedded_pictures(model: _Loaded, digests: Sequence[str], media: MediaStore) -> Vectors:
    """Return a row of length 1 for each picture."""
    rows = []
    for first in range(0, len(digests), _BATCH):
        shown = [
            model.prepare(Image.fromarray(decode_picture(media.get(digest))))
            for digest in digests[first : first + _BATCH]
        ]
        with model.torch.inference_mode():
            rows.append(model.network.encode_image(model.torch.stack(shown)).float().numpy())
    return _of_length_one(rows)


def _embedded_texts(model: _Loaded, texts: Sequence[str]) -> Vectors:
    rows = []
    for first in range(0, len(texts), _BATCH):
        with model.torch.inference_mode():
            tokens = model.tokens(list(texts[first : first + _BATCH]))
            rows.append(model.network.encode_text(tokens).float().numpy())
    return _of_length_one(rows)


def _of_length_one(rows: list[Any]) -> Vectors:
    vectors = np.concatenate(rows).astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float64)
