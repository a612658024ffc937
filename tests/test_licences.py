import pytest

from pipeline.licences import read_licence


@pytest.mark.parametrize(
    ("stated", "spdx", "tier"),
    [
        ("CC BY", "LicenseRef-CC-BY", "open"),
        ("CC BY-SA", "LicenseRef-CC-BY-SA", "open"),
        ("CC BY-NC-ND", "LicenseRef-CC-BY-NC-ND", "no-derivatives"),
        ("CC-BY-NC-SA-3.0", "CC-BY-NC-SA-3.0", "non-commercial"),
        ("cc by 4.0", "CC-BY-4.0", "open"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0", "non-commercial"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", "open"),
        ("CC0", "CC0-1.0", "open"),
        ("Creative Commons Attribution license (reuse allowed)", "CC-BY-3.0", "open"),
        ("LicenseRef-Reddit-User-Content", "LicenseRef-Reddit-User-Content", "restricted"),
        ("Standard YouTube License", None, "unknown"),
        ("TDM", None, "unknown"),
        ("CC", None, "unknown"),
        ("cc byte", None, "unknown"),
        ("", None, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_a_stated_licence_has_a_name_and_a_tier(stated, spdx, tier):
    licence = read_licence(stated)

    assert (licence.spdx, licence.tier) == (spdx, tier)
