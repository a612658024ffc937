"""`dermcurate ontology` shows, searches, leads and exports; and search finds by any name."""

import json

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from pipeline.errors import NotFoundError
from pipeline.knowledge.search import search


def run(*arguments):
    return CliRunner().invoke(app, ["ontology", *arguments])


def answer(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_show_prints_numbers():
    told = answer("show")
    assert told["conditions"] >= 450
    assert told["levels"] == 4
    assert told["concepts"] >= 130
    assert told["findings"] >= 150
    assert told["relations"] > 0
    assert all(isinstance(each, int) for each in told.values())


def test_show_tells_all_of_an_entry_by_id_name_or_abbreviation():
    told = answer("show", "BCC")
    assert told["id"] == "basal-cell-carcinoma"
    assert "arborizing-vessels" in told["signs"]["hallmark"]
    assert answer("show", "Darier's sign")["kind"] == "finding"
    assert "silvery-scale" in run("show", "psoriasis").stdout


def test_path_leads_from_the_category():
    path = answer("path", "guttate psoriasis")["path"]
    assert [each["level"] for each in path] == ["category", "group", "condition", "subtype"]
    assert path[-1]["id"] == "guttate-psoriasis"
    shown = run("path", "guttate-psoriasis").stdout
    assert shown.startswith("inflammatory skin diseases > papulosquamous diseases > psoriasis")


def test_search_tells_the_nearest_first():
    hits = answer("search", "honey crust")["hits"]
    assert hits[0]["id"] == "honey-colored-crust"
    assert "finding" in run("search", "honey crust").stdout
    assert len(answer("search", "carcinoma", "--limit", "4")["hits"]) == 4


def test_what_is_not_there_is_a_clear_fault():
    for arguments in (("show", "skinn"), ("path", "scale"), ("search", "xyzzy")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert isinstance(result.exception, NotFoundError)
    assert "near are" in str(run("show", "psoria").exception)


@pytest.mark.parametrize("wanted", ["flat", "nested", "html"])
def test_export_writes_a_file_or_to_standard_output(tmp_path, wanted):
    file = tmp_path / "made" / "ontology"
    assert run("export", wanted, "--to", str(file)).exit_code == 0
    assert run("export", wanted).stdout_bytes == file.read_bytes()


def test_export_refuses_what_it_does_not_know():
    assert run("export", "obo").exit_code == 2


@pytest.mark.parametrize(
    ("words", "kind", "entry_id"),
    [
        ("GPP", "condition", "generalized-pustular-psoriasis"),
        ("seborrhoeic keratoses", "condition", "seborrheic-keratosis"),
        ("honey-coloured crusts", "finding", "honey-colored-crust"),
        ("scaly", "concept", "scale"),
        ("Wickham striae", "concept", "wickham-striae"),
        ("herpes-zoster", "condition", "herpes-zoster"),
    ],
)
def test_search_finds_a_whole_name_in_any_spelling(words, kind, entry_id):
    hit = search(words)[0]
    assert (hit.kind, hit.entry_id, hit.is_exact) == (kind, entry_id, True)


def test_search_never_looks_inside_words():
    assert search("oriasis") == ()
    assert search("  ") == ()
