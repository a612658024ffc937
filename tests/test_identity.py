from datetime import UTC, datetime

import pytest

from pipeline import identity


def test_file_names_are_safe_and_keep_like_identifiers_apart():
    panel, other = identity.file_stem("pubmed:PMC1#F2/b"), identity.file_stem("pubmed:PMC1#F2_b")

    assert panel.startswith("PMC1_F2_b-")
    assert panel != other
    assert identity.file_stem("../../etc/passwd").startswith("etc_passwd-")
    assert len(identity.file_stem("x" * 1000)) <= identity.SLUG_CHARACTERS + 9


def test_canonical_json_has_one_form_and_no_nan():
    assert (
        identity.canonical_json({"b": 1, "a": [True, None, "é"]}) == '{"a":[true,null,"é"],"b":1}'
    )
    with pytest.raises(ValueError, match="not JSON compliant"):
        identity.canonical_json(float("nan"))


def test_a_pseudonym_needs_its_key_to_be_told():
    name = identity.pseudonym("dr_house", "key")

    assert name == identity.pseudonym("dr_house", "key")
    assert name != identity.pseudonym("dr_house", "another key")
    assert "house" not in name
    assert len(name) == len("user-") + 12


def test_source_date_epoch_stops_the_clock(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert identity.utc_now() == datetime(1970, 1, 1, tzinfo=UTC)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert identity.utc_now().year >= 2026


def test_a_lone_surrogate_has_a_digest():
    assert len(identity.sha256_text("\ud800")) == 64
