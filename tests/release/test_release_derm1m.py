from pipeline.release.derm1m import concept_rows, derm1m_row
from schemas.release import DERM1M_COLUMNS

BARE = {
    "filename": "youtube/a.jpg",
    "refined_caption": "A caption.",
    "truncated_caption": "A caption.",
    "source": "videos",
    "source_type": "edu",
    "disease_label": [],
    "hierarchy": [],
    "concepts": [],
    "body_sites": [],
    "symptoms": [],
    "age": None,
    "gender": None,
}


def told(**changes: object) -> dict[str, str]:
    return dict(zip(DERM1M_COLUMNS, derm1m_row(BARE | changes), strict=True))


def test_nothing_known_is_said_in_derm1ms_words() -> None:
    assert told() == {
        "filename": "youtube/a.jpg",
        "caption": "A caption.",
        "truncated_caption": "A caption.",
        "source": "videos",
        "source_type": "edu",
        "disease_label": "no definitive diagnosis",
        "hierarchical_disease_label": "no definitive diagnosis",
        "skin_concept": "No visual concepts",
        "body_location": "No body location information",
        "symptoms": "No symptom information",
        "age": "No age information",
        "gender": "No gender information",
    }


def test_values_are_joined_and_paths_in_lower_case() -> None:
    row = told(
        disease_label=["Lyme disease", "tinea"],
        hierarchy=["Infectious, bacterial, Lyme disease", "infectious, fungal, tinea"],
        body_sites=["back", "arm"],
        age="45 years",
        gender="female",
    )
    assert row["disease_label"] == "Lyme disease, tinea"
    assert row["hierarchical_disease_label"] == (
        "infectious, bacterial, lyme disease, infectious, fungal, tinea"
    )
    assert row["body_location"] == "back, arm"
    assert (row["age"], row["gender"]) == ("45 years", "female")


def test_label_without_a_path_repeats() -> None:
    assert told(disease_label=["new disease"])["hierarchical_disease_label"] == "new disease"


def test_concept_rows_have_concepts_only() -> None:
    rows = [BARE, BARE | {"filename": "b.jpg", "concepts": ["Scale", "Papule"]}]
    assert list(concept_rows(rows)) == [["b.jpg", "no definitive diagnosis", "Scale, Papule"]]
