from pathlib import Path

import pytest

from pipeline.catalog import load_catalog
from pipeline.errors import CatalogError
from pipeline.strict_yaml import read_yaml

REAL = Path(__file__).parents[1] / "data_catalog.yaml"


@pytest.fixture
def changed(tmp_path):
    def change(old, new):
        text = REAL.read_text("utf-8")
        assert old in text
        path = tmp_path / "data_catalog.yaml"
        path.write_text(text.replace(old, new, 1), "utf-8")
        return path

    return change


def line_of(path, words):
    lines = path.read_text("utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if words in line)


def test_the_real_catalog_reads():
    catalog = load_catalog(REAL)

    assert {entry.kind for entry in catalog.sources.values()} == {
        "pubmed",
        "youtube",
        "reddit",
        "discourse",
        "webforum",
        "slides",
        "dataset",
    }
    assert catalog.annotator_of("template-terse") == "template"
    assert catalog.enabled_sources() == ["pubmed", "youtube", "reddit"]
    for entry in catalog.sources.values():
        assert entry.terms_url.startswith("https://")


def test_all_unknown_keys_are_told_with_their_lines(changed):
    path = changed("    kind: youtube\n", "    kind: youtube\n    colour: red\n    shape: round\n")

    with pytest.raises(CatalogError) as fault:
        load_catalog(path)

    told = str(fault.value)
    for key in ("colour", "shape"):
        line = line_of(path, f"{key}: ")
        assert f"line {line}, sources.youtube.{key}: Extra inputs are not permitted" in told


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("NO", "is read as true or false"),
        ("on", "is read as true or false"),
        ("0755", "is read as an octal number"),
        ("12:30", "is read as a base-60 number"),
    ],
)
def test_what_yaml_would_misread_is_an_error(changed, written, told):
    path = changed("    kind: youtube\n", f"    kind: youtube\n    language: {written}\n")

    with pytest.raises(CatalogError) as fault:
        load_catalog(path)

    line = line_of(path, "language: ")
    assert f"line {line}, sources.youtube.language: {written} {told}" in str(fault.value)


def test_quoted_values_are_what_they_say(changed):
    path = changed("    kind: youtube\n", '    kind: youtube\n    language: "no"\n')

    assert load_catalog(path).sources["youtube"].language == "no"


def test_a_key_that_stands_twice_is_an_error(changed):
    path = changed("    kind: youtube\n", "    kind: youtube\n    title: Twice\n")

    with pytest.raises(CatalogError, match=r"key title: stands already on line \d+"):
        load_catalog(path)


def test_aliases_are_refused(tmp_path):
    path = tmp_path / "bomb.yaml"
    path.write_text("a: &a [1, 2]\nb: [*a, *a]\n", "utf-8")

    with pytest.raises(CatalogError, match="line 2: aliases are not read"):
        read_yaml(path)


def test_wrong_types_missing_keys_and_dangling_names_are_told(changed):
    with pytest.raises(CatalogError, match=r"per_search: Input should be a valid integer"):
        load_catalog(changed("per_search: 200", 'per_search: "200"'))
    with pytest.raises(CatalogError, match=r"sources\.reddit\.api_url: Field required"):
        load_catalog(changed("    api_url:", "    # api_url:"))
    with pytest.raises(CatalogError, match="names the caption set nowhere"):
        load_catalog(changed("    caption_set: template\n", "    caption_set: nowhere\n"))


def test_absent_empty_and_broken_files_are_told(tmp_path):
    with pytest.raises(CatalogError, match="cannot be read"):
        load_catalog(tmp_path / "absent.yaml")
    path = tmp_path / "c.yaml"
    path.write_text("", "utf-8")
    with pytest.raises(CatalogError, match="is empty"):
        load_catalog(path)
    path.write_text("a: [1", "utf-8")
    with pytest.raises(CatalogError, match="is not valid YAML"):
        load_catalog(path)


def test_an_unknown_name_says_which_there_are():
    with pytest.raises(CatalogError, match="no release nope; it has derm"):
        load_catalog(REAL).release("nope")
