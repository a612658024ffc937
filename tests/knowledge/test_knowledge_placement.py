"""Names mislead: mycosis fungoides is no fungus, herpes gestationis no virus. The tree knows.

Each line says where a condition stands, and where its name, or a common error, would put it.
"""

import re

import pytest

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.spelling import term_key

PLACES = """
mycosis-fungoides: cutaneous-lymphomas; not fungal-infections, bacterial-infections
folliculotropic-mycosis-fungoides: cutaneous-lymphomas; not fungal-infections
pyogenic-granuloma: benign-vascular-tumors-and-malformations; not infections-and-infestations
pyogenic-granuloma: benign-vascular-tumors-and-malformations; not granulomatous-dermatoses
pyoderma-gangrenosum: neutrophilic-dermatoses; not bacterial-infections
hidradenitis-suppurativa: acneiform-disorders; not bacterial-infections
eosinophilic-folliculitis: acneiform-disorders; not bacterial-infections
erythema-nodosum: panniculitis; not reactive-erythemas, infections-and-infestations
erythema-induratum: panniculitis; not reactive-erythemas
erythema-migrans: spirochetal-infections; not reactive-erythemas
erythema-infectiosum: viral-infections; not reactive-erythemas
lichen-sclerosus: connective-tissue-diseases; not lichenoid-dermatoses
lichen-sclerosus: connective-tissue-diseases; not premalignant-and-malignant-neoplasms
lichen-simplex-chronicus: eczema-and-dermatitis; not lichenoid-dermatoses
lichen-amyloidosis: metabolic-and-deposition-disorders; not lichenoid-dermatoses
lichen-planopilaris: scarring-alopecia; not infections-and-infestations
granuloma-faciale: eosinophilic-dermatoses; not infections-and-infestations
granuloma-inguinale: bacterial-infections; not granulomatous-dermatoses
granuloma-gluteale-infantum: neonatal-and-infantile-disorders; not granulomatous-dermatoses
granuloma-annulare: granulomatous-dermatoses; not fungal-infections
impetigo-herpetiformis: pregnancy-dermatoses; not infections-and-infestations
dermatitis-herpetiformis: autoimmune-blistering-diseases; not viral-infections
dermatitis-herpetiformis: autoimmune-blistering-diseases; not eczema-and-dermatitis
pemphigoid-gestationis: autoimmune-blistering-diseases; not viral-infections
eczema-herpeticum: viral-infections; not eczema-and-dermatitis
hailey-hailey-disease: acantholytic-dermatoses; not autoimmune-blistering-diseases
lupus-pernio: granulomatous-dermatoses; not connective-tissue-diseases
lupus-vulgaris: mycobacterial-infections; not connective-tissue-diseases
lupus-miliaris-disseminatus-faciei: acneiform-disorders; not mycobacterial-infections
scleredema: metabolic-and-deposition-disorders; not connective-tissue-diseases
carcinoma-erysipeloides: other-skin-cancers; not bacterial-infections
verrucous-carcinoma: keratinocyte-carcinomas; not viral-infections
keratoacanthoma: keratinocyte-carcinomas; not viral-infections
seborrheic-keratosis: benign-epidermal-neoplasms; not viral-infections
molluscum-contagiosum: viral-infections; not benign-tumors-and-cysts
viral-wart: viral-infections; not bacterial-infections
anogenital-wart: viral-infections; not spirochetal-infections
orf: viral-infections; not bacterial-infections
gianotti-crosti-syndrome: viral-infections; not genetic-skin-disorders
kaposi-sarcoma: soft-tissue-and-vascular-sarcomas; not viral-infections
acroangiodermatitis: benign-vascular-tumors-and-malformations; not soft-tissue-and-vascular-sarcomas
angiokeratoma: benign-vascular-tumors-and-malformations; not benign-epidermal-neoplasms
pityriasis-versicolor: fungal-infections; not papulosquamous-diseases
pityriasis-rosea: papulosquamous-diseases; not fungal-infections
pityriasis-rubra-pilaris: papulosquamous-diseases; not fungal-infections
pityriasis-amiantacea: papulosquamous-diseases; not fungal-infections
pityriasis-alba: eczema-and-dermatitis; not fungal-infections
erythrasma: bacterial-infections; not fungal-infections
trichomycosis-axillaris: bacterial-infections; not fungal-infections
actinomycosis: bacterial-infections; not fungal-infections
pitted-keratolysis: bacterial-infections; not keratinization-disorders
nevus-sebaceus: benign-adnexal-tumors; not benign-melanocytic-neoplasms
nevus-comedonicus: benign-adnexal-tumors; not benign-melanocytic-neoplasms
epidermal-nevus: benign-epidermal-neoplasms; not benign-melanocytic-neoplasms
nevus-anemicus: benign-vascular-tumors-and-malformations; not benign-melanocytic-neoplasms
nevus-depigmentosus: hypopigmentation-disorders; not benign-melanocytic-neoplasms
spitz-nevus: benign-melanocytic-neoplasms; not premalignant-and-malignant-neoplasms
lentigo-maligna: malignant-melanocytic-neoplasms; not benign-melanocytic-neoplasms
mucosal-melanotic-macule: benign-melanocytic-neoplasms; not malignant-melanocytic-neoplasms
lymphangioma-circumscriptum: benign-tumors-and-cysts; not premalignant-and-malignant-neoplasms
lymphomatoid-papulosis: cutaneous-lymphomas; not benign-lymphoid-proliferations
cutaneous-pseudolymphoma: benign-lymphoid-proliferations; not cutaneous-lymphomas
mucinosis: metabolic-and-deposition-disorders; not premalignant-and-malignant-neoplasms
pseudoxanthoma-elasticum: genetic-skin-disorders; not xanthoma
xanthelasma: metabolic-and-deposition-disorders; not benign-tumors-and-cysts
acanthosis-nigricans: endocrine-and-diabetes-related-disorders; not keratinization-disorders
urticaria-pigmentosa: mast-cell-disorders; not urticaria-and-angioedema
urticarial-vasculitis: urticaria-and-angioedema; not infections-and-infestations
papular-urticaria: arthropod-bites-and-stings; not urticaria-and-angioedema
porokeratosis: benign-epidermal-neoplasms; not infections-and-infestations
""".strip()


@pytest.fixture(scope="module")
def ontology():
    return Ontology.load()


@pytest.mark.parametrize("line", PLACES.splitlines())
def test_classic_misplacements_do_not_occur(ontology, line):
    condition_id, above, errors = re.fullmatch(r"(\S+): (\S+); not (.+)", line).groups()
    path = {each.condition_id for each in ontology.path(condition_id)}
    assert above in path
    for error in errors.split(", "):
        assert error in ontology
        assert error not in path


def test_at_least_25_conditions_are_held_to_their_place():
    assert len({line.partition(":")[0] for line in PLACES.splitlines()}) >= 25


def test_no_entry_is_an_orphan(ontology):
    reached = []
    ahead = list(ontology.children(None))
    while ahead:
        each = ahead.pop()
        reached.append(each.condition_id)
        ahead += ontology.children(each.condition_id)
    assert sorted(reached) == sorted(each.condition_id for each in ontology)


def test_every_ambiguous_word_has_a_rule_and_a_reason_to_be_declared(ontology):
    rules = {"never", "prefer", "spelled_out", "label_only"}
    for each in ontology.ambiguities:
        assert each.rule in rules
        assert each.condition_ids
        assert len(set(each.condition_ids)) == len(each.condition_ids)


def test_malignant_and_benign_never_share_a_line(ontology):
    benign, malignant = "benign-tumors-and-cysts", "premalignant-and-malignant-neoplasms"
    for each in ontology:
        path = {above.condition_id for above in ontology.path(each.condition_id)}
        assert not {benign, malignant} <= path
        if "carcinoma" in each.name.split() or "melanoma" in each.name.split():
            assert benign not in path, each.name


def test_ids_of_findings_are_of_no_condition_and_words_are_of_one_thing(ontology):
    concepts, findings = Concepts.load(), Findings.load()
    for each in findings:
        assert each.finding_id not in ontology or each.is_concept
        assert (each.finding_id in concepts) is each.is_concept
    keys = [term_key(each.name) for each in findings]
    assert len(keys) == len(set(keys))
