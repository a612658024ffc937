"""What is exported loads elsewhere and holds everything once."""

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.exports import FORMATS, describe, export, numbers
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.graph import Graph
from pipeline.knowledge.ontology import Ontology

VOID = {"meta", "input", "br"}


@pytest.fixture(scope="module")
def exported():
    return {wanted: export(wanted) for wanted in FORMATS}


def test_numbers_are_what_was_asked_for():
    told = numbers()
    assert told["conditions"] >= 450
    assert told["levels"] == 4
    assert told["concepts"] >= 130
    assert told["findings"] >= 150
    assert told["relations"] == len(Graph.load())
    assert told["conditions_with_relations"] >= 150
    assert told["label_maps"] == 9


@pytest.mark.parametrize("wanted", ["flat", "nested", "graphml", "html"])
def test_the_same_bytes_come_out_at_every_call(exported, wanted):
    assert export(wanted) == exported[wanted]
    exported[wanted].decode("utf-8")


def leaves(tree, name, depth=0):
    """Walk the flat form as its readers do: by name, from the root, to what maps to []."""
    assert depth < 10, "a loop"
    children = tree[name]
    if not children:
        return [name]
    return [leaf for child in children for leaf in leaves(tree, child, depth + 1)]


def test_flat_loads_with_code_that_expects_parent_to_children(exported):
    tree = json.loads(exported["flat"])
    assert all(isinstance(children, list) for children in tree.values())
    children = [child for names in tree.values() for child in names]
    assert len(children) == len(set(children)) == len(tree) - 1
    assert len({name.lower() for name in tree}) == len(tree)
    assert set(children) == set(tree) - {"root"}
    names = {each.name for each in Ontology.load()}
    assert set(children) == names
    found = leaves(tree, "root")
    assert len(found) == len(set(found)) == sum(not below for below in tree.values())
    assert "guttate psoriasis" in found
    assert not any("," in name for name in tree)


def test_nested_holds_all_by_id_and_every_reference_resolves(exported):
    everything = json.loads(exported["nested"])

    def entries(branches):
        for branch in branches:
            yield branch
            yield from entries(branch["children"])

    conditions = {each["id"]: each for each in entries(everything["conditions"])}
    concepts = {each["id"] for each in everything["concepts"]}
    findings = {each["id"] for each in everything["findings"]}
    assert len(conditions) == len(Ontology.load())
    assert len(concepts) == len(everything["concepts"]) == len(Concepts.load())
    assert len(findings) == len(everything["findings"]) == len(Findings.load())
    assert len(everything["relations"]) == len(Graph.load())
    for relation in everything["relations"]:
        assert relation["condition"] in conditions
        assert relation["sign"] in concepts | findings
        assert everything["weights"][relation["weight"]] == relation["kind"]
    for finding in everything["findings"]:
        assert set(finding["concepts"]) <= concepts


def test_graphml_is_read_back_by_networkx(exported):
    networkx = pytest.importorskip("networkx")
    drawn = networkx.parse_graphml(exported["graphml"].decode())
    findings = [each for each in Findings.load() if not each.is_concept]
    assert len(drawn) == len(Ontology.load()) + len(Concepts.load()) + len(findings)
    edge = drawn.edges["condition:psoriasis", "finding:auspitz-sign"]
    assert edge == {"relation": "typical", "weight": "hallmark"}
    assert drawn.edges["finding:auspitz-sign", "concept:scale"] == {"relation": "instance_of"}
    assert drawn.edges["condition:guttate-psoriasis", "condition:psoriasis"]["relation"] == "is_a"
    assert drawn.edges["condition:lichen-planus", "concept:wickham-striae"]["weight"] == "hallmark"
    assert drawn.nodes["concept:wickham-striae"]["sort"] == "eponym"
    tree = networkx.DiGraph(
        (one, other) for one, other, how in drawn.edges(data="relation") if how == "is_a"
    )
    assert networkx.is_directed_acyclic_graph(tree)
    ET.fromstring(exported["graphml"])


def test_skos_is_read_back_by_rdflib(exported):
    rdflib = pytest.importorskip("rdflib")
    skos = rdflib.SKOS
    triples = rdflib.Graph().parse(data=exported["skos"], format="turtle")
    findings = [each for each in Findings.load() if not each.is_concept]
    entries = set(triples.subjects(rdflib.RDF.type, skos.Concept))
    assert len(entries) == len(Ontology.load()) + len(Concepts.load()) + len(findings)
    for entry in entries:
        assert len(list(triples.objects(entry, skos.prefLabel))) == 1
        assert len(list(triples.objects(entry, skos.definition))) == 1
        assert len(list(triples.objects(entry, skos.inScheme))) == 1
    guttate = rdflib.URIRef("urn:dermcurate:condition:guttate-psoriasis")
    above = triples.transitive_objects(guttate, skos.broader)
    assert rdflib.URIRef("urn:dermcurate:condition:inflammatory-skin-diseases") in set(above)
    hallmark = rdflib.URIRef("urn:dermcurate:relation:hallmark")
    signs = triples.objects(rdflib.URIRef("urn:dermcurate:condition:psoriasis"), hallmark)
    assert rdflib.URIRef("urn:dermcurate:finding:auspitz-sign") in set(signs)
    tops = set(
        triples.objects(rdflib.URIRef("urn:dermcurate:scheme:conditions"), skos.hasTopConcept)
    )
    assert len(tops) == len(Ontology.load().children(None))


class Page(HTMLParser):
    """Collects the entries of the page, and who stands in whom."""

    def __init__(self):
        super().__init__()
        self.open, self.entries, self.ids, self.attributes, self.details = [], {}, [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.attributes.append((tag, attrs))
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "li":
            above = [each for name, each in self.open if name == "li"]
            self.entries[attrs["id"]] = above[-1] if above else None
        if tag == "summary":
            assert self.open[-1][0] == "details"
            self.details.append(self.open[-2][1])
        if tag not in VOID:
            self.open.append((tag, attrs.get("id")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag


@pytest.fixture(scope="module")
def page(exported):
    read = Page()
    read.feed(exported["html"].decode())
    assert read.open == []
    return read


def test_the_page_holds_every_entry_once_under_its_parent(page):
    parents = {each.condition_id: each.parent_id for each in Ontology.load()}
    assert page.entries == parents
    assert len(page.ids) == len(set(page.ids))


def test_the_page_folds_by_keyboard_and_names_its_controls(page):
    assert sorted(page.details) == sorted(page.entries)  # one summary in each entry's details
    tags = page.attributes
    assert ("label", {"for": "sought"}) in tags
    assert [attrs["type"] for tag, attrs in tags if tag == "input"] == ["search"]
    assert [attrs["type"] for tag, attrs in tags if tag == "button"] == ["button", "button"]
    assert any(attrs.get("role") == "status" for _, attrs in tags)
    assert not any("tabindex" in attrs or "onclick" in attrs for _, attrs in tags)
    assert ("html", {"lang": "en"}) in tags


def test_the_page_asks_nothing_of_any_network(page, exported):
    for tag, attrs in page.attributes:
        assert not {"src", "href", "action", "data", "srcset"} & set(attrs), tag
    policy = [attrs["content"] for _, attrs in page.attributes if "http-equiv" in attrs]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"]
    text = exported["html"].decode()
    for word in ("http://", "https://", "fetch(", "XMLHttpRequest", "@import", "url("):
        assert word not in text


def test_the_page_can_be_searched_by_synonyms_and_abbreviations(page):
    sought = {attrs["id"]: attrs["data-sought"] for tag, attrs in page.attributes if tag == "li"}
    assert "bcc" in sought["basal-cell-carcinoma"]
    assert "rodent ulcer" in sought["basal-cell-carcinoma"]
    assert "mole" in sought["melanocytic-nevus"]


def test_describe_tells_signs_of_conditions_and_conditions_of_signs():
    psoriasis = describe("condition", "psoriasis")
    assert "auspitz-sign" in psoriasis["signs"]["hallmark"]
    assert psoriasis["path"][-1] == "psoriasis"
    assert psoriasis["signs_of"] == "psoriasis"
    assert describe("condition", "nonsegmental-vitiligo")["signs_of"] == "vitiligo"
    assert describe("condition", "papulosquamous-diseases")["signs_of"] is None
    scale = describe("concept", "scale")
    assert "auspitz-sign" in scale["instances"]
    assert "urticaria" in scale["conditions"]["rules_out"]
    assert describe("finding", "auspitz-sign")["conditions"]["hallmark"] == ["psoriasis"]
