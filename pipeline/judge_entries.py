"""Entries of the catalog for classifiers that answer in place of the weak screening rules."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.entries import Entry

WeakReason = Literal["chart", "drawing", "histology", "talking_head", "animal", "no_skin"]
Probability = Annotated[float, Field(gt=0, le=1)]
AbsolutePath = Annotated[str, Field(pattern=r"^(/|[A-Za-z]:)")]
Triple = tuple[float, float, float]


class Judge(Entry):
    """What every classifier says of itself."""

    path: AbsolutePath = Field(description="Absolute path of the model's file")
    thresholds: dict[WeakReason, Probability] = Field(
        min_length=1, description="Probability from which a picture is left out, by reason"
    )


class OnnxClassifier(Judge):
    """A classifier of your own as an ONNX file: one picture in, one number per label out."""

    labels: tuple[str, ...] = Field(
        min_length=2, description="Names of the outputs, in order; some are reasons"
    )
    size: int = Field(224, ge=16, le=1024, description="Side in pixels of the square it takes")
    mean: Triple = Field((0.485, 0.456, 0.406), description="Of red, green, blue in 0-1")
    deviation: Triple = Field((0.229, 0.224, 0.225), description="Of red, green, blue in 0-1")
    answers: Literal["logits", "sigmoids", "probabilities"] = Field(
        "logits", description="What comes out; logits are turned into probabilities by softmax"
    )

    @model_validator(mode="after")
    def _knows_its_reasons(self) -> OnnxClassifier:
        if unknown := sorted(set(self.thresholds) - set(self.labels)):
            raise ValueError(f"thresholds are given for {unknown}, which are not among the labels")
        return self


class ZeroShot(Judge):
    """An image-text model of open_clip that weighs sentences against a picture."""

    model: str = Field(description="Name of the architecture, as open_clip knows it: ViT-B-32")
    sentences: dict[str, tuple[str, ...]] = Field(
        min_length=2, description="By label, what a caption of such a picture would say"
    )

    @model_validator(mode="after")
    def _knows_its_reasons(self) -> ZeroShot:
        if unknown := sorted(set(self.thresholds) - set(self.sentences)):
            raise ValueError(f"thresholds are given for {unknown}, which have no sentences")
        return self
