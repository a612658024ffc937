"""Thirty skin diseases: how each looks, how it is described, and where it sits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """How lesions are drawn: colour, border, arrangement, how many, how large, what on them."""

    colour: str
    border: str
    arrangement: str
    count: tuple[int, int]
    radius: tuple[float, float]
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disease:
    """A disease with its plain English name, its words and its recipe."""

    name: str
    morphology: str
    concepts: tuple[str, ...]
    sites: tuple[str, ...]
    symptom: str
    recipe: Recipe


def _recipe(drawn: str, count: str, radius: str, features: str = "") -> Recipe:
    colour, border, arrangement = drawn.split()
    few, many = (int(part) for part in count.split("-"))
    small, large = (float(part) for part in radius.split("-"))
    return Recipe(colour, border, arrangement, (few, many), (small, large), tuple(features.split()))


def _disease(*texts: str, recipe: Recipe) -> Disease:
    """Read name, morphology, concepts, sites and symptom, of which two are lists."""
    name, morphology, concepts, sites, symptom = texts
    words = tuple(concepts.split(", "))
    return Disease(name, morphology, words, tuple(sites.split(", ")), symptom, recipe)


_ALL = (
    _disease(
        "plaque psoriasis",
        "well-demarcated erythematous plaques with silvery scale",
        "plaque, erythema, scale",
        "elbows, knees, lower back, scalp",
        "mild itching",
        recipe=_recipe("erythema sharp scattered", "2-5", ".09-.2", "scale"),
    ),
    _disease(
        "atopic dermatitis",
        "ill-defined erythematous patches with lichenification and excoriations",
        "patch, erythema, lichenification, excoriation",
        "antecubital fossa, popliteal fossa, neck, wrists",
        "severe itching",
        recipe=_recipe("erythema soft confluent", "4-7", ".1-.2", "lichenified scratches"),
    ),
    _disease(
        "melanoma",
        "an asymmetric black and brown macule with an irregular border",
        "macule, black, brown, pigmented",
        "back, calf, shoulder, heel",
        "recent growth without pain",
        recipe=_recipe("black irregular single", "1-1", ".17-.28", "mottled"),
    ),
    _disease(
        "basal cell carcinoma",
        "a pearly papule with arborizing telangiectasia and a rolled border",
        "papule, telangiectasia, translucent",
        "nose, cheek, forehead, temple",
        "occasional bleeding",
        recipe=_recipe("pearly sharp single", "1-1", ".15-.24", "dome telangiectasia"),
    ),
    _disease(
        "squamous cell carcinoma",
        "an indurated erythematous nodule with central ulceration and crust",
        "nodule, induration, ulcer, crust, erythema",
        "lower lip, ear, dorsal hand, scalp",
        "tenderness",
        recipe=_recipe("erythema irregular single", "1-1", ".17-.27", "dome ulcer crust"),
    ),
    _disease(
        "actinic keratosis",
        "rough erythematous macules with adherent yellow scale",
        "macule, erythema, scale, yellow",
        "forehead, scalp, dorsal hand, cheek",
        "a rough feel without pain",
        recipe=_recipe("erythema soft scattered", "4-8", ".04-.09", "scale"),
    ),
    _disease(
        "seborrheic keratosis",
        "a stuck-on brown plaque with a warty surface",
        "plaque, brown, warty",
        "chest, back, temple, abdomen",
        "no symptoms",
        recipe=_recipe("brown sharp single", "1-2", ".14-.24", "warty"),
    ),
    _disease(
        "melanocytic nevus",
        "a symmetric brown macule with a regular border",
        "macule, brown, pigmented",
        "upper arm, abdomen, back, thigh",
        "no symptoms",
        recipe=_recipe("brown sharp single", "1-1", ".1-.2", "mottled"),
    ),
    _disease(
        "dermatofibroma",
        "a firm brown nodule with a paler centre that dimples when pinched",
        "nodule, brown, induration",
        "calf, thigh, upper arm, shin",
        "no symptoms",
        recipe=_recipe("brown soft single", "1-1", ".11-.18", "dome scarred"),
    ),
    _disease(
        "cherry angioma",
        "dome-shaped bright red papules",
        "papule, dome-shaped, erythema",
        "chest, abdomen, back, upper arm",
        "no symptoms",
        recipe=_recipe("red sharp scattered", "3-9", ".025-.05", "dome"),
    ),
    _disease(
        "lichen planus",
        "violaceous flat-topped papules with fine white lines",
        "papule, purple, flat topped",
        "wrists, ankles, lower back, forearm",
        "intense itching",
        recipe=_recipe("violaceous sharp grouped", "9-18", ".03-.07", "lichenified"),
    ),
    _disease(
        "tinea corporis",
        "an annular erythematous plaque with central clearing and a scaly edge",
        "plaque, erythema, scale",
        "trunk, forearm, thigh, neck",
        "itching",
        recipe=_recipe("erythema sharp annular", "1-2", ".18-.3", "scale"),
    ),
    _disease(
        "tinea versicolor",
        "hypopigmented macules with fine scale",
        "macule, white, scale",
        "chest, back, shoulder, upper arm",
        "no symptoms",
        recipe=_recipe("pale sharp scattered", "10-22", ".03-.08", ""),
    ),
    _disease(
        "vitiligo",
        "sharply demarcated depigmented white patches",
        "patch, white",
        "dorsal hand, face, knees, axilla",
        "no symptoms",
        recipe=_recipe("white irregular scattered", "2-5", ".1-.26", ""),
    ),
    _disease(
        "rosacea",
        "centrofacial erythema with telangiectasia, papules and pustules",
        "erythema, telangiectasia, papule, pustule",
        "cheek, nose, chin, forehead",
        "burning and flushing",
        recipe=_recipe("erythema soft confluent", "3-6", ".12-.24", "telangiectasia pustules"),
    ),
    _disease(
        "acne vulgaris",
        "comedones, inflammatory papules and pustules",
        "comedo, papule, pustule, erythema",
        "face, chest, back, chin",
        "tenderness",
        recipe=_recipe("erythema soft scattered", "10-20", ".02-.05", "dome pustules comedones"),
    ),
    _disease(
        "urticaria",
        "erythematous oedematous wheals of varying size",
        "wheal, erythema",
        "trunk, thigh, abdomen, upper arm",
        "fleeting itching",
        recipe=_recipe("pink irregular confluent", "4-9", ".08-.17", "dome"),
    ),
    _disease(
        "pityriasis rosea",
        "oval salmon patches with a collarette of scale",
        "patch, salmon, scale",
        "trunk, abdomen, back, chest",
        "slight itching",
        recipe=_recipe("salmon sharp linear", "7-13", ".04-.09", "scale"),
    ),
    _disease(
        "herpes zoster",
        "grouped vesicles on an erythematous base in a band",
        "vesicle, erythema",
        "chest wall, flank, forehead, lower back",
        "burning pain",
        recipe=_recipe("erythema soft linear", "12-22", ".03-.07", "vesicles"),
    ),
    _disease(
        "impetigo",
        "erosions covered by honey-coloured crust",
        "erosion, crust, yellow",
        "chin, perioral skin, nose, forearm",
        "itching",
        recipe=_recipe("erythema irregular grouped", "4-9", ".05-.11", "crust"),
    ),
    _disease(
        "molluscum contagiosum",
        "dome-shaped umbilicated papules",
        "papule, dome-shaped, umbilicated",
        "trunk, axilla, thigh, abdomen",
        "no symptoms",
        recipe=_recipe("pearly sharp grouped", "8-16", ".025-.05", "dome comedones"),
    ),
    _disease(
        "verruca vulgaris",
        "hyperkeratotic papules with a warty surface and black dots",
        "papule, warty",
        "fingers, knees, dorsal hand, elbows",
        "no symptoms",
        recipe=_recipe("yellow irregular grouped", "3-7", ".05-.11", "warty comedones"),
    ),
    _disease(
        "granuloma annulare",
        "skin-coloured to erythematous papules in a ring",
        "papule, erythema",
        "dorsal hand, ankles, fingers, elbows",
        "no symptoms",
        recipe=_recipe("pink soft ring", "12-20", ".03-.055", "dome"),
    ),
    _disease(
        "allergic contact dermatitis",
        "erythematous patches with vesicles, exudate and crust",
        "patch, erythema, vesicle, exudate, crust",
        "wrists, eyelids, hands, abdomen",
        "severe itching",
        recipe=_recipe("erythema irregular confluent", "3-6", ".11-.22", "vesicles crust"),
    ),
    _disease(
        "bullous pemphigoid",
        "tense bullae on erythematous skin with erosions",
        "bulla, erosion, erythema",
        "thigh, abdomen, forearm, lower leg",
        "intense itching",
        recipe=_recipe("pink sharp grouped", "3-7", ".07-.14", "dome blisters"),
    ),
    _disease(
        "cellulitis",
        "a warm, swollen, ill-defined erythematous patch",
        "patch, erythema, induration",
        "lower leg, shin, foot, forearm",
        "pain and fever",
        recipe=_recipe("red soft single", "1-2", ".3-.46", ""),
    ),
    _disease(
        "melasma",
        "symmetric ill-defined brown patches",
        "patch, brown",
        "cheek, forehead, upper lip, face",
        "no symptoms",
        recipe=_recipe("tan soft symmetric", "2-3", ".12-.24", "mottled"),
    ),
    _disease(
        "keloid",
        "a firm, shiny, raised scar growing beyond the wound",
        "scar, nodule, induration",
        "ear, chest, shoulder, neck",
        "itching and tightness",
        recipe=_recipe("violaceous irregular linear", "3-5", ".09-.16", "dome"),
    ),
    _disease(
        "scabies",
        "linear burrows with excoriated papules",
        "burrow, papule, excoriation",
        "finger webs, wrists, axilla, waist",
        "itching that is worse at night",
        recipe=_recipe("erythema sharp scattered", "12-24", ".015-.03", "dome scratches"),
    ),
    _disease(
        "purpura",
        "non-blanching purple macules and petechiae",
        "macule, purple, purpura",
        "lower leg, shin, ankles, foot",
        "no symptoms",
        recipe=_recipe("purple sharp scattered", "20-40", ".012-.035", ""),
    ),
)

DISEASES: dict[str, Disease] = {disease.name: disease for disease in _ALL}
