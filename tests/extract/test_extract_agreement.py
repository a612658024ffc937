"""Agreement: what is missing is told, and a library of open_clip's shape gives scores."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from pipeline.errors import SourceError
from pipeline.extract import agreement
from pipeline.extract.agreement import check_weights, judge_pairs, load_model
from pipeline.extract.extracted import Extracted
from pipeline.images.decode import picture_row
from pipeline.picture_entries import Similarity
from schemas import PAIRS

ITEM = {"item_id": "forum:1", "group_key": "forum:1"}


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Libraries of open_clip's and torch's shape: a picture is its mean colour, a text a colour."""
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(str(site))
    (site / "torch").mkdir(parents=True)
    (site / "torch" / "__init__.py").write_text(
        "import contextlib\n"
        "import numpy as np\n"
        "class Tensor:\n"
        "    def __init__(self, values): self.values = values\n"
        "    def float(self): return self\n"
        "    def numpy(self): return self.values\n"
        "stack = np.stack\n"
        "inference_mode = contextlib.nullcontext\n"
    )
    (site / "open_clip").mkdir()
    (site / "open_clip" / "__init__.py").write_text(
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from torch import Tensor\n"
        "COLOURS = {'red': (1, 0, 0), 'green': (0, 1, 0)}\n"
        "CONFIGS = {'ViT-B-16': {'text_cfg': {}}}\n"
        "CONFIGS['roberta'] = {'text_cfg': {'hf_model_name': 'roberta-base'}}\n"
        "class Network:\n"
        "    def eval(self): return self\n"
        "    def encode_image(self, batch): return Tensor(batch)\n"
        "    def encode_text(self, tokens): return Tensor(np.array(tokens, float))\n"
        "get_model_config = CONFIGS.get\n"
        "def create_model_and_transforms(name, *, pretrained):\n"
        "    if b'broken' in Path(pretrained).read_bytes():\n"
        "        raise RuntimeError('Error(s) in loading state_dict')\n"
        "    return Network(), None, lambda p: np.asarray(p).mean(axis=(0, 1)).astype(float)\n"
        "def get_tokenizer(name):\n"
        "    return lambda texts: [COLOURS[text] for text in texts]\n"
    )
    yield
    for name in ("torch", "open_clip"):
        sys.modules.pop(name, None)
    load_model.cache_clear()


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"weights")
    return str(path)


def told(weights, min_score=None, model="ViT-B-16"):
    return Similarity(model=model, weights=weights, min_score=min_score).model_dump(mode="json")


def a_red_picture_of_two_words(media):
    extracted = Extracted()
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 255
    row = picture_row(ITEM, "p1-1", "0" * 64, red, media)
    extracted.images.append(row)
    for word in ("red", "green"):
        text = extracted.add_text(ITEM, word, "post", word)
        extracted.pair(ITEM, row["image_id"], text, "same_post", 0.9)
    return extracted


def test_weights_that_are_not_there_are_told(tmp_path):
    with pytest.raises(SourceError, match=r"no such file; name the file of an open_clip model"):
        check_weights(told(str(tmp_path / "none.pt")))


def test_a_library_that_is_not_installed_is_told(weights, monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "open_clip", raising=False)
    with pytest.raises(SourceError, match="install the extra `similarity`"):
        check_weights(told(weights))


def test_pairs_get_a_score_and_those_below_the_least_do_not_count(workspace, weights, library):
    extracted = a_red_picture_of_two_words(workspace.media)
    judge_pairs(extracted, workspace.media, told(weights, 0.2))
    rows = PAIRS.table(extracted.pairs).to_pylist()
    found = dict(zip(("red", "green"), rows, strict=True))
    assert found["red"]["similarity"] == pytest.approx(1.0, abs=0.01)
    assert found["green"]["similarity"] == pytest.approx(0.0, abs=0.05)
    assert (found["red"]["status"], found["green"]["status"]) == ("ok", "unlike")
    assert "is below 0.2" in found["green"]["error"]
    assert {row["score"] for row in rows} == {0.9}


def test_without_a_least_score_all_pairs_count(workspace, weights, library):
    extracted = a_red_picture_of_two_words(workspace.media)
    judge_pairs(extracted, workspace.media, told(weights))
    assert {row["status"] for row in extracted.pairs} == {"ok"}


def test_an_item_without_pairs_needs_no_model(workspace, weights):
    judge_pairs(Extracted(), workspace.media, told(weights))
    assert agreement.load_model.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("model", "match"),
    [("ViT-X", "knows no model ViT-X"), ("roberta", "fetches its tokenizer from a hub")],
)
def test_a_model_that_cannot_be_used_is_told(weights, library, model, match):
    with pytest.raises(SourceError, match=match):
        load_model(model, weights)


def test_weights_of_another_model_are_told(tmp_path, library):
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"broken")
    with pytest.raises(SourceError, match="cannot be loaded as ViT-B-16"):
        load_model("ViT-B-16", str(broken))
