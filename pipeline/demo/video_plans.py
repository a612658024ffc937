"""Which videos the demo world holds, and the scenes of each."""

from dataclasses import dataclass
from typing import Literal

CREATIVE_COMMONS = "Creative Commons Attribution license (reuse allowed)"

SceneKind = Literal["title", "slide", "full", "talk", "chart", "text"]
CaptionKind = Literal["automatic", "manual", "vtt"]


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """A scene: what is seen, of which disease, for how many seconds."""

    kind: SceneKind
    disease: str = ""
    seconds: float = 6.0


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """One video; without a licence row it is under the standard licence.

    The search's index can lag behind: `is_found_as_free` is what its licence filter believes.
    Captions are the machine's; `manual` adds those of a person, and of `vtt` the other form comes
    empty. Who asks first for the captions of a video that `is_busy_once` is told to wait.
    """

    video_id: str
    title: str
    published: str
    scenes: tuple[ScenePlan, ...]
    licence: str | None = CREATIVE_COMMONS
    is_found_as_free: bool = True
    is_removed: bool = False
    is_private: bool = False
    is_ciphered: bool = False
    is_busy_once: bool = False
    captions: CaptionKind = "automatic"

    @property
    def duration_s(self) -> float:
        """The length of all scenes together."""
        return sum(scene.seconds for scene in self.scenes)


def _scenes(plan: str) -> tuple[ScenePlan, ...]:
    """Read scenes from lines of `kind seconds disease`."""
    scenes = []
    for line in plan.split("; "):
        kind, seconds, *disease = line.split(" ", 2)
        scenes.append(ScenePlan(kind, " ".join(disease), float(seconds)))  # type: ignore[arg-type]
    return tuple(scenes)


VIDEOS: tuple[VideoPlan, ...] = (
    VideoPlan(
        "dcDemoVid01",
        "Papulosquamous diseases: a dermatology lecture",
        "2026-01-12",
        _scenes(
            "title 4; slide 8 plaque psoriasis; full 7 lichen planus; talk 5; "
            "text 5 pityriasis rosea; slide 8 pityriasis rosea"
        ),
    ),
    VideoPlan(
        "dcDemoVid02",
        "Pigmented lesions of the skin in ten minutes",
        "2026-02-09",
        _scenes(
            "talk 5; slide 7 melanoma; full 7 melanocytic nevus; chart 5; "
            "slide 8 seborrheic keratosis; text 4 melanoma"
        ),
        is_ciphered=True,
    ),
    VideoPlan(
        "dcDemoVid03",
        "Infections of the skin: dermatology for students",
        "2026-03-16",
        _scenes(
            "title 4; full 7 impetigo; slide 7 herpes zoster; text 5 tinea corporis; "
            "full 7 tinea corporis; talk 4"
        ),
        is_ciphered=True,
        is_busy_once=True,
    ),
    VideoPlan(
        "dcDemoVid04",
        "Redness of the face and the skin doctor's questions",
        "2026-04-20",
        _scenes(
            "title 4; slide 7 rosacea; slide 7 acne vulgaris; talk 5; "
            "full 7 allergic contact dermatitis; chart 4"
        ),
        captions="manual",
    ),
    VideoPlan(
        "dcDemoVid05",
        "Blistering skin diseases, all rights reserved: a dermatology lecture",
        "2026-05-11",
        _scenes("title 4; slide 9 bullous pemphigoid; full 9 urticaria; talk 8"),
        licence=None,
    ),
    VideoPlan(
        "dcDemoVid06",
        "Nail and skin signs, taken down: a dermatology lecture",
        "2026-06-15",
        _scenes("title 30"),
        is_removed=True,
    ),
    VideoPlan(
        "dcDemoVid07",
        "The ward round",
        "2026-06-22",
        _scenes("title 4; full 7 urticaria; slide 7 vitiligo"),
        is_found_as_free=False,
        captions="vtt",
    ),
    VideoPlan(
        "dcDemoVid08",
        "Patients of the clinic, not for everybody",
        "2026-06-29",
        _scenes("title 30"),
        is_found_as_free=False,
        is_private=True,
    ),
)

PLAYLIST = ("dcDemoVid02", "dcDemoVid08", "dcDemoVid01")
"""The videos of the demo's playlist, which shows that one of them is private."""
