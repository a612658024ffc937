"""What a release promises: one row per picture, and one row per way it came in."""

import pyarrow as pa

from schemas.contract import Contract, column, optional
from schemas.vocabulary import CAPTION_KINDS, LICENCE_TIERS

# Derm1M v2: these twelve columns, in this order.
DERM1M_COLUMNS: tuple[str, ...] = (
    "filename",
    "caption",
    "truncated_caption",
    "source",
    "source_type",
    "disease_label",
    "hierarchical_disease_label",
    "skin_concept",
    "body_location",
    "symptoms",
    "age",
    "gender",
)

# What Derm1M writes where nothing is known.
SENTINELS: dict[str, str] = {
    "disease_label": "no definitive diagnosis",
    "hierarchical_disease_label": "no definitive diagnosis",
    "skin_concept": "No visual concepts",
    "body_location": "No body location information",
    "symptoms": "No symptom information",
    "age": "No age information",
    "gender": "No gender information",
}

SOURCE_TYPES = frozenset({"edu", "knowledge", "forum", "public"})
SPLITS = frozenset({"train", "validation", "test"})

RELEASE = Contract(
    name="release",
    version=2,
    written_by="release",
    columns=(
        column("filename", pa.string(), "Path of the picture below `images/`"),
        column("image_id", pa.string(), "The picture, across releases"),
        column("sha256", pa.string(), "Digest of the file"),
        column("width_px", pa.int32(), "Width"),
        column("height_px", pa.int32(), "Height"),
        optional(
            "hidden",
            pa.list_(pa.string()),
            "What was made unreadable in it: `face`, `private_text`; null: nothing",
        ),
        column("split", pa.string(), "train, validation or test"),
        column("group_id", pa.string(), "Group that is never split, duplicates joined in"),
        column("source", pa.string(), "Source of the catalog"),
        column("source_type", pa.string(), "edu, knowledge, forum or public, as in Derm1M"),
        column("refined_caption", pa.string(), "The refined caption"),
        column("truncated_caption", pa.string(), "Whole clauses of it that fit 77 CLIP tokens"),
        optional("ontology_caption", pa.string(), "The ontology-based caption"),
        optional("concept_caption", pa.string(), "The concept-based caption"),
        column("label_status", pa.string(), "linked, ambiguous, not_in_ontology, no_diagnosis"),
        column("condition_ids", pa.list_(pa.string()), "Conditions of the ontology"),
        column("disease_label", pa.list_(pa.string()), "Their names"),
        column("hierarchy", pa.list_(pa.string()), "Their paths"),
        column("concepts", pa.list_(pa.string()), "Concepts affirmed"),
        column("body_sites", pa.list_(pa.string()), "Body sites"),
        column("symptoms", pa.list_(pa.string()), "Symptoms"),
        optional("age", pa.string(), "Age as stated"),
        optional("gender", pa.string(), "Gender as stated"),
        optional("skin_tone", pa.string(), "Fitzpatrick type as stated"),
        optional("licence", pa.string(), "SPDX identifier"),
        column("licence_tier", pa.string(), "Tier of the licence"),
        column("page_url", pa.string(), "Page a person would open"),
        column("phash", pa.uint64(), "64-bit pHash of the picture before anything was hidden"),
        column("n_provenances", pa.int32(), "Ways the picture came in"),
        column("caption_set", pa.string(), "Caption set that wrote the captions"),
    ),
    key=("filename",),
    allowed={"split": SPLITS, "source_type": SOURCE_TYPES, "licence_tier": LICENCE_TIERS},
)

PROVENANCE = Contract(
    name="provenance",
    version=1,
    written_by="release",
    columns=(
        column("filename", pa.string(), "Picture of the release"),
        column("image_id", pa.string(), "One of the pictures of its cluster"),
        column("is_canonical", pa.bool_(), "Whether it is the one that is shown"),
        column("item_id", pa.string(), "Item that it comes from"),
        column("page_url", pa.string(), "Page a person would open"),
        optional("title", pa.string(), "Title of the item"),
        optional("creator", pa.string(), "Author or channel; a keyed pseudonym for forums"),
        optional("licence", pa.string(), "SPDX identifier"),
        column("licence_tier", pa.string(), "Tier of the licence"),
        optional("licence_evidence", pa.string(), "The string that states it, and where"),
        column("media_url", pa.string(), "Address of the file that it was cut from"),
        column("media_sha256", pa.string(), "Digest of that file"),
        column("locator", pa.string(), "Where in the item"),
        optional("box", pa.list_(pa.int32(), 4), "Left, top, right, bottom in pixels"),
        column("retrieved_at", pa.timestamp("ms", tz="UTC"), "When the file was fetched"),
        column("collector", pa.string(), "Collector that fetched it"),
        column("collector_version", pa.int32(), "Its version"),
    ),
    key=("filename", "image_id"),
    allowed={"licence_tier": LICENCE_TIERS},
)

CAPTION_PAIRS = Contract(
    name="caption_pairs",
    version=1,
    written_by="release",
    columns=(
        column("filename", pa.string(), "Picture of the release"),
        column("kind", pa.string(), "refined, ontology or concept"),
        column("caption", pa.string(), "The caption"),
        column("truncated_caption", pa.string(), "Whole clauses of it that fit 77 CLIP tokens"),
        column("caption_id", pa.string(), "The answer that it is"),
        column("model_id", pa.string(), "Model entry of the catalog"),
        column("model_revision", pa.string(), "Its revision"),
        column("prompt_id", pa.string(), "Prompt, `<kind>/v<n>`"),
        column("prompt_sha256", pa.string(), "Its digest"),
        column("split", pa.string(), "train, validation or test"),
    ),
    key=("filename", "kind"),
    allowed={"kind": CAPTION_KINDS, "split": SPLITS},
)
