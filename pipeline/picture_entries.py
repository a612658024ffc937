"""Entries of the catalog for pictures: rules of screening, classifiers, panels, similarity."""

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


class Screening(Entry):
    """Thresholds of the screening rules; see pipeline/images/rules.py for what each means."""

    min_side_px: int = Field(96, gt=0)
    min_contrast: float = Field(3.0, ge=0)
    min_sharpness: float = Field(3.0, ge=0)
    min_skin_share: float = Field(0.1, ge=0, le=1)
    max_flat_share: float = Field(0.4, ge=0, le=1)
    max_text_share: float = Field(0.1, ge=0, le=1)
    max_axis_share: float = Field(0.15, ge=0, le=1)
    max_painted_share: float = Field(0.74, ge=0, le=1)
    max_tone_share: float = Field(0.85, ge=0, le=1)
    max_histology_share: float = Field(0.3, ge=0, le=1)
    max_grain_share: float = Field(0.2, ge=0, le=1)
    max_glow_share: float = Field(0.5, ge=0, le=1)
    max_face_share: float = Field(0.02, ge=0, le=1)
    face_model: str | None = Field(
        None, description="Path of a YuNet model (ONNX) that finds faces in place of the cascades"
    )
    max_fur_share: float = Field(0.55, ge=0, le=1)
    max_repeat_score: float = Field(12.0, ge=0)
    max_lattice_score: float = Field(0.35, ge=0, le=1)
    classifier: OnnxClassifier | None = Field(
        None, description="Answers in place of the weak rules; null: the rules answer"
    )
    zero_shot: ZeroShot | None = Field(None, description="The same; only one of the two")
    phash: Literal["exact", "fast"] = "exact"
    duplicate_distance: int = Field(4, ge=0, le=10)
    candidate_distance: int = Field(8, ge=0, le=10)

    @model_validator(mode="after")
    def _one_judge(self) -> Screening:
        if self.classifier is not None and self.zero_shot is not None:
            raise ValueError("screening takes a classifier or zero_shot, not both")
        return self


class Similarity(Entry):
    """A model of the open_clip kind that tells how alike a picture and its words are."""

    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$")] = Field(
        description="Name of its architecture, as open_clip knows it"
    )
    weights: Annotated[str, Field(pattern=r"^(/|[A-Za-z]:)")] = Field(
        description="Absolute path of its weights"
    )
    min_score: float | None = Field(
        None, ge=-1, le=1, description="A pair below it does not count; null: scores are noted only"
    )


class PanelDetector(Entry):
    """A model that finds the panels of a figure; see pipeline/extract/panel_detector.py."""

    path: Annotated[str, Field(pattern=r"^(/|[A-Za-z]:)")] = Field(
        description="Absolute path of an ONNX file"
    )
    input_px: int = Field(640, ge=64, le=2048, description="Side of the square that it takes")
    min_score: float = Field(0.5, gt=0, le=1)


class Panels(Entry):
    """How compound figures are cut."""

    detector: PanelDetector | None = Field(
        None, description="Null: gutters and seams are looked for"
    )
