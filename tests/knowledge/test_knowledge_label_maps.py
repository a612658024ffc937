"""Every label of the nine public datasets leads somewhere, and the file says why where it must."""

import re

import pytest

from pipeline.knowledge.label_maps import load_label_maps, parse_label_map
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.reading import OntologyError

N_LABELS = {
    "daffodil": 5,
    "ddi": 78,
    "derm7pt": 20,
    "fitzpatrick17k": 114,
    "ham10000": 7,
    "isic": 226,
    "pad_ufes_20": 6,
    "scin": 213,
    "sd_198": 198,
}
ONTOLOGY = """
conditions:
  - {id: tops, name: tops, definition: The highest level.}
  - {id: group, parent: tops, name: group, definition: The second level.}
  - {id: spot, parent: group, name: spot, definition: A small dot.}
"""
SMALL = """
dataset: small
title: Small dataset
labels_from: names of its folders
labels_stated: 3
complete: true
labels: {Spot_A: spot, several: group, none: null}
reasons: {several: many kinds, none: no diagnosis}
"""


def parsed(text):
    return parse_label_map(text, "small.yaml", Ontology.parse(ONTOLOGY))


@pytest.fixture(scope="module")
def maps():
    return load_label_maps()


def test_there_is_one_map_per_dataset_with_all_its_labels(maps):
    assert {name: len(each) for name, each in maps.items()} == N_LABELS
    for name, each in maps.items():
        assert each.is_complete is (name != "scin"), name
        assert each.n_stated == (None if name == "scin" else N_LABELS[name]), name


def test_all_labels_lead_to_an_entry_or_have_a_reason(maps):
    ontology = Ontology.load()
    for each in maps.values():
        for target in each.targets.values():
            if target.condition_id is None or ontology[target.condition_id].level < 3:
                assert target.reason, (each.dataset, target.label)


def test_few_labels_lead_nowhere(maps):
    for each in maps.values():
        n_nowhere = sum(target.condition_id is None for target in each.targets.values())
        assert n_nowhere <= 0.08 * len(each), each.dataset


@pytest.mark.parametrize(
    ("dataset", "label", "condition_id"),
    [
        ("ham10000", "nv", "melanocytic-nevus"),
        ("ham10000", "akiec", "keratinocyte-precancers-and-in-situ-carcinoma"),
        ("ham10000", "bkl", "benign-epidermal-neoplasms"),
        ("pad_ufes_20", "ACK", "actinic-keratosis"),
        ("pad_ufes_20", "SEK", "seborrheic-keratosis"),
        ("isic", "Melanoma in situ", "melanoma-in-situ"),
        ("isic", "MEL", "melanoma"),
        ("isic", "Solar or actinic keratosis", "actinic-keratosis"),
        ("isic", "Atypical melanocytic neoplasm", None),
        ("derm7pt", "clark nevus", "dysplastic-nevus"),
        ("derm7pt", "melanoma (less than 0.76 mm)", "melanoma"),
        ("derm7pt", "miscellaneous", None),
        ("ddi", "squamous-cell-carcinoma-keratoacanthoma", "keratoacanthoma"),
        ("ddi", "subcutaneous-t-cell-lymphoma", "subcutaneous-panniculitis-like-t-cell-lymphoma"),
        ("scin", "SK/ISK", "seborrheic-keratosis"),
        ("scin", "CD - Contact dermatitis", "contact-dermatitis"),
        ("scin", "Hypersensitivity", None),
        ("fitzpatrick17k", "lupus subacute", "subacute-cutaneous-lupus-erythematosus"),
        ("fitzpatrick17k", "mycosis fungoides", "mycosis-fungoides"),
        ("fitzpatrick17k", "erythema annulare centrifigum", "erythema-annulare-centrifugum"),
        ("fitzpatrick17k", "pediculosis lids", "phthiriasis-palpebrarum"),
        ("sd_198", "Actinic_solar_Damage(Actinic_Keratosis)", "actinic-keratosis"),
        ("sd_198", "Mucha_Habermann_Disease", "pityriasis-lichenoides-et-varioliformis-acuta"),
        ("sd_198", "Crowe's_Sign", "neurofibromatosis"),
        ("sd_198", "Toe_Deformity", None),
        ("daffodil", "SJS-TEN", "stevens-johnson-syndrome-and-toxic-epidermal-necrolysis"),
        ("daffodil", "Nail Psoriasis", "nail-psoriasis"),
    ],
)
def test_labels_mean_what_their_dataset_means(maps, dataset, label, condition_id):
    assert maps[dataset].target(label).condition_id == condition_id


def test_an_unknown_label_has_no_target(maps):
    assert maps["ham10000"].target("sk") is None
    assert maps["ham10000"].target("skin") is None


def test_parse_reads_a_small_file():
    small = parsed(SMALL)
    assert len(small) == 3
    assert small.target("spot a").label == "Spot_A"
    assert small.target("SEVERAL").reason == "many kinds"
    assert small.target("none").condition_id is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL.replace("Spot_A: spot", "Spot_A: blot"), "leads to blot, which is not there"),
        (SMALL.replace("several: many kinds, ", ""), "'several' leads to no single condition"),
        (SMALL.replace(", none: no diagnosis", ""), "'none' leads to no single condition"),
        (SMALL.replace("labels_stated: 3", "labels_stated: 4"), "but 4 are stated"),
        (SMALL.replace("labels_stated: 3", "labels_stated: null"), "but None are stated"),
        (SMALL.replace("several: group", "spot-a: group"), "'several', which is no label"),
        (SMALL.replace("Spot_A: spot", "Spot_A: spot, spot a: spot"), "'spot a' is 'Spot_A' again"),
        (SMALL.replace("dataset: small", "dataset: Small Set"), "dataset"),
        (SMALL + "extras: 1\n", "extras"),
    ],
)
def test_broken_files_are_refused_by_name(text, told):
    with pytest.raises(OntologyError, match=re.escape(told)):
        parsed(text)
