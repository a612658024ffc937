"""Classifiers of the user's own: a tiny ONNX model, and what is said when one is missing."""

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from pydantic import ValidationError

from pipeline.catalog import load_catalog
from pipeline.errors import CatalogError
from pipeline.images.judges import judge_name, judge_options, open_judge
from pipeline.images.screen import SCREEN, screen_images
from pipeline.picture_entries import OnnxClassifier, Screening, ZeroShot
from pipeline.store import Bench
from tests.images.conftest import draw

REAL = Path(__file__).parents[2] / "data_catalog.yaml"
LABELS = ("skin", "no_skin", "animal")


def write_model(path, *, channels_last=False, outputs=3, side=16) -> str:
    """Write a model whose logits are 8 times the mean of red, of green and of blue."""
    shape = [1, side, side, 3] if channels_last else [1, 3, side, side]
    axes = [1, 2] if channels_last else [2, 3]
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["mean"], axes=axes, keepdims=0),
        helper.make_node("Mul", ["mean", "eight"], ["scaled"]),
        helper.make_node("Slice", ["scaled", "from", "to", "axis"], ["logits"]),
    ]
    constants = [
        helper.make_tensor("eight", TensorProto.FLOAT, [1], [8.0]),
        helper.make_tensor("from", TensorProto.INT64, [1], [0]),
        helper.make_tensor("to", TensorProto.INT64, [1], [outputs]),
        helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
    ]
    graph = helper.make_graph(
        nodes,
        "means",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, outputs])],
        constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    made.ir_version = 8
    onnx.save(made, path)
    return str(path)


def options(path, **changes) -> dict:
    entry = {
        "path": str(path),
        "labels": LABELS,
        "thresholds": {"no_skin": 0.6, "animal": 0.9},
        "size": 16,
        "mean": (0.0, 0.0, 0.0),
        "deviation": (1.0, 1.0, 1.0),
    }
    screening = Screening(classifier=OnnxClassifier(**(entry | changes)))
    return screening.model_dump(mode="json") | judge_options(screening)


def plain(red, green, blue) -> np.ndarray:
    return np.full((40, 60, 3), (red, green, blue), np.uint8)


@pytest.mark.parametrize("channels_last", [False, True])
def test_probabilities_are_those_of_the_model(tmp_path, channels_last) -> None:
    path = write_model(tmp_path / "means.onnx", channels_last=channels_last)
    judge = open_judge(options(path))
    logits = 8 * np.array([255, 51, 0]) / 255
    expected = np.exp(logits) / np.exp(logits).sum()
    told = judge(plain(255, 51, 0))
    assert list(told) == list(LABELS)
    assert list(told.values()) == pytest.approx(expected, abs=2e-4)
    assert open_judge(options(path, answers="sigmoids"))(plain(0, 255, 0)) == {
        "skin": 0.5,
        "no_skin": pytest.approx(1 / (1 + np.exp(-8)), abs=1e-4),
        "animal": 0.5,
    }
    assert open_judge(options(path, answers="probabilities"))(plain(0, 0, 0))["animal"] == 0.0


def test_colours_are_normalised_as_the_entry_says(tmp_path) -> None:
    path = write_model(tmp_path / "means.onnx")
    shifted = options(
        path, answers="probabilities", mean=(0.5, 0.0, 0.0), deviation=(0.5, 1.0, 2.0)
    )
    told = open_judge(shifted)(plain(255, 255, 255))
    assert list(told.values()) == [8.0, 8.0, 4.0]


def test_a_verdict_says_who_judged(corpus, thresholds, tmp_path) -> None:
    path = write_model(tmp_path / "means.onnx")
    green = draw("kept", 3).copy()
    green[..., 1] = 255
    corpus.add("skin", draw("kept", 3))
    corpus.add("called no skin", green)
    tables = corpus.tables()
    from schemas import DUPLICATES

    read = [tables[name] for name in ("items", "images", "texts", "pairs")]
    chosen = thresholds | options(path)
    (found,) = screen_images(
        Bench(corpus.media, chosen), *read, corpus.fingerprints(), DUPLICATES.empty()
    )
    first, second = found.to_pylist()
    digest = hashlib.sha256((tmp_path / "means.onnx").read_bytes()).hexdigest()
    assert first["judged_by"] == second["judged_by"] == f"classifier {digest[:12]}"
    assert (first["verdict"], second["verdict"]) == ("keep", "drop")
    assert second["reasons"] == ["no_skin"]
    assert [each["label"] for each in second["probabilities"]] == list(LABELS)
    assert second["probabilities"][1]["probability"] > 0.6


def test_another_file_is_another_key(tmp_path) -> None:
    path = tmp_path / "means.onnx"
    write_model(path)
    first = options(path)
    write_model(path, outputs=2)
    second = options(path)
    assert first["judge_sha256"] != second["judge_sha256"]
    assert judge_name(first) != judge_name(second)
    with pytest.raises(CatalogError, match="changed while pictures were screened"):
        open_judge(first)
    catalog = load_catalog(REAL)
    assert SCREEN.options(catalog, "pubmed", None)["judge_sha256"] is None
    assert judge_name(SCREEN.options(catalog, "pubmed", None)) == "rules"


def test_a_model_that_is_missing_or_does_not_fit_is_told_in_one_sentence(tmp_path) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        options(tmp_path / "nowhere.onnx")
    junk = tmp_path / "junk.onnx"
    junk.write_bytes(b"not a model")
    with pytest.raises(CatalogError, match="not a model that ONNX Runtime can open"):
        open_judge(options(junk))
    path = write_model(tmp_path / "means.onnx")
    with pytest.raises(CatalogError, match=r"takes tensor\(float\) of shape \[1, 3, 16, 16\]"):
        open_judge(options(path, size=32))
    two = write_model(tmp_path / "two.onnx", outputs=2)
    with pytest.raises(CatalogError, match="gives 2 numbers for a picture, its entry names 3"):
        open_judge(options(two))(plain(1, 2, 3))


def test_entries_name_reasons_that_they_have_labels_for() -> None:
    with pytest.raises(ValidationError, match="not among the labels"):
        OnnxClassifier(path="/m.onnx", labels=("a", "b"), thresholds={"animal": 0.5})
    with pytest.raises(ValidationError, match="have no sentences"):
        ZeroShot(
            path="/m.pt",
            model="ViT-B-32",
            sentences={"skin": ("skin",), "rest": ("a thing",)},
            thresholds={"animal": 0.5},
        )
    with pytest.raises(ValidationError, match="thresholds"):
        OnnxClassifier(path="/m.onnx", labels=("blank", "b"), thresholds={"blank": 0.5})
    classifier = OnnxClassifier(path="/m.onnx", labels=("animal", "b"), thresholds={"animal": 0.5})
    zero_shot = ZeroShot(
        path="/m.pt",
        model="ViT-B-32",
        sentences={"animal": ("a dog",), "b": ("skin",)},
        thresholds={"animal": 0.5},
    )
    with pytest.raises(ValidationError, match="not both"):
        Screening(classifier=classifier, zero_shot=zero_shot)


@pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is not None, reason="open_clip is installed"
)
def test_zero_shot_without_open_clip_says_what_to_install(tmp_path) -> None:
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"")
    zero_shot = ZeroShot(
        path=str(weights),
        model="ViT-B-32",
        sentences={"animal": ("a photograph of a dog",), "skin": ("a photograph of skin",)},
        thresholds={"animal": 0.5},
    )
    screening = Screening(zero_shot=zero_shot)
    chosen = screening.model_dump(mode="json") | judge_options(screening)
    assert judge_name(chosen).startswith("zero_shot e3b0c44298fc")
    with pytest.raises(CatalogError, match="install the extra `similarity`"):
        open_judge(chosen)
