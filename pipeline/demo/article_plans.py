"""Which articles the demo world holds: titles, licences, versions and figures."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FigurePlan:
    """One figure: what it shows, how its panels lie, and which form its JATS takes."""

    figure_id: str
    diseases: tuple[str, ...] = ()
    kind: Literal["skin", "histology", "chart"] = "skin"
    columns: int = 2
    gutter: int = 12
    dark: bool = False
    has_caption: bool = True
    form: Literal["plain", "alternatives", "in_paragraph", "floats", "boxed"] = "plain"
    suffix: Literal["jpg", "png"] = "jpg"

    @property
    def number(self) -> int:
        """The figure's number, from its id."""
        return int(self.figure_id.removeprefix("F"))

    def stem(self, pmcid: str) -> str:
        """Return the media file's name without suffix, as JATS refers to it."""
        return f"jid-{pmcid.removeprefix('PMC')}-g{self.number:03d}"


@dataclass(frozen=True, slots=True)
class ArticlePlan:
    """One article and its figures.

    The bucket's text of a damaged one is cut off; Europe PMC has it whole. The bucket's inventory
    is a day old and lacks what was added since.
    """

    pmcid: str
    title: str
    published: str
    figures: tuple[FigurePlan, ...]
    licence: str | None = "CC BY"
    versions: tuple[int, ...] = (1,)
    is_retracted: bool = False
    is_open_access: bool = True
    is_damaged: bool = False
    is_inventoried: bool = True

    @property
    def newest(self) -> str:
        """The newest version's name, `PMC1.2`."""
        return f"{self.pmcid}.{max(self.versions)}"

    @property
    def pmid(self) -> int:
        """The article's PubMed id."""
        return 39_000_000 + int(self.pmcid.removeprefix("PMC")) % 1_000_000

    @property
    def doi(self) -> str:
        """The article's DOI, with a prefix that nobody is given."""
        return f"10.99999/jid.{self.pmcid.removeprefix('PMC')}"

    @property
    def abstract(self) -> str:
        """Two sentences that name what the figures show."""
        names = sorted({name for figure in self.figures for name in figure.diseases})
        return (
            f"We report patients with {', '.join(names) or 'skin disease'} seen in one clinic. "
            "Clinical photographs and the course under treatment are described."
        )


def _figure(number: int, diseases: str = "", **form: object) -> FigurePlan:
    names = tuple(diseases.split(" + ")) if diseases else ()
    return FigurePlan(f"F{number}", names, **form)  # type: ignore[arg-type]


ARTICLES: tuple[ArticlePlan, ...] = (
    ArticlePlan(
        "PMC9100001",
        "Plaque psoriasis across skin tones: four patients",
        "2025-02-03",
        (
            _figure(1, " + ".join(["plaque psoriasis"] * 4)),
            _figure(2, "plaque psoriasis", kind="histology"),
        ),
    ),
    ArticlePlan(
        "PMC9100002",
        "Melanoma of the heel and its benign look-alikes",
        "2025-03-11",
        (_figure(1, "melanoma + melanocytic nevus"), _figure(2, "seborrheic keratosis")),
    ),
    ArticlePlan(
        "PMC9100003",
        "Annular lesions: a practical approach",
        "2025-04-22",
        (
            _figure(1, "tinea corporis + granuloma annulare + pityriasis rosea", columns=3),
            _figure(2, "tinea corporis", form="in_paragraph"),
        ),
    ),
    ArticlePlan(
        "PMC9100004",
        "Basal cell carcinoma in darker skin",
        "2025-05-19",
        (
            _figure(1, "basal cell carcinoma", form="alternatives"),
            _figure(2, "basal cell carcinoma + squamous cell carcinoma", dark=True, gutter=10),
        ),
        licence="CC0",
    ),
    ArticlePlan(
        "PMC9100005",
        "A trial of narrowband light in vitiligo",
        "2025-06-30",
        (_figure(1, "vitiligo"), _figure(2, kind="chart", suffix="png")),
    ),
    ArticlePlan(
        "PMC9100006",
        "Blistering diseases in the emergency department",
        "2025-07-14",
        (
            _figure(1, "bullous pemphigoid + herpes zoster + impetigo"),
            _figure(2, "bullous pemphigoid", has_caption=False),
        ),
    ),
    ArticlePlan(
        "PMC9100007",
        "Lichen planus after vaccination: a case report",
        "2025-08-25",
        (_figure(1, "lichen planus"), _figure(2, "lichen planus", form="floats")),
        versions=(1, 2),
    ),
    ArticlePlan(
        "PMC9100008",
        "Topical treatment of rosacea: results withdrawn",
        "2025-09-09",
        (_figure(1, "rosacea"),),
        is_retracted=True,
    ),
    ArticlePlan(
        "PMC9100009",
        "Acne vulgaris in adults: an illustrated review",
        "2025-10-06",
        (_figure(1, "acne vulgaris"), _figure(2, "rosacea")),
        licence="CC BY-NC",
    ),
    ArticlePlan(
        "PMC9100010",
        "Urticaria that lasts: when to take a biopsy",
        "2025-11-17",
        (_figure(1, "urticaria"), _figure(2, "purpura", form="boxed")),
        versions=(9, 10),
    ),
    ArticlePlan(
        "PMC9100011",
        "Scabies in a nursing home",
        "2025-12-08",
        (_figure(1, "scabies"),),
        licence="CC BY-SA",
    ),
    ArticlePlan(
        # The id starts with that of the article before: a listing needs the dot to tell them apart.
        "PMC91000112",
        "Allergic contact dermatitis from a wristwatch",
        "2026-01-19",
        (_figure(1, "allergic contact dermatitis"), _figure(2, "atopic dermatitis")),
        is_inventoried=False,
    ),
    ArticlePlan(
        "PMC9100013",
        "Actinic keratosis: how many patients come back",
        "2026-02-16",
        (_figure(1, "actinic keratosis"), _figure(2, kind="chart")),
        is_damaged=True,
    ),
    ArticlePlan(
        "PMC9100014",
        "Melasma and quality of life",
        "2026-03-23",
        (_figure(1, "melasma"),),
        licence=None,
        is_open_access=False,
    ),
)
