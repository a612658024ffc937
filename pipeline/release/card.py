"""The dataset card: front matter that Hugging Face reads, and honest numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from pipeline.release.changes import change_lines
from pipeline.release.splits import ORDER

TEMPLATE = "dataset_card.md.jinja"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def dataset_card(manifest: Mapping[str, Any], examples: list[Mapping[str, Any]]) -> str:
    """Return the card of a release as Markdown with YAML front matter.

    Args:
        manifest: the release's manifest.
        examples: a few rows to show.
    """
    template = _environment().get_template(TEMPLATE)
    return template.render(
        front_matter=front_matter(manifest),
        manifest=manifest,
        examples=examples,
        changes=change_lines(manifest["changes"]) if manifest.get("changes") else [],
    )


def front_matter(manifest: Mapping[str, Any]) -> str:
    """Return the YAML between the card's rulers."""
    told = {
        "pretty_name": f"{manifest['title']} ({manifest['name']} {manifest['version']})",
        "language": ["en"],
        **_licence(list(manifest["counts"]["licences"])),
        "task_categories": ["image-to-text", "zero-shot-image-classification"],
        "tags": ["dermatology", "medical", "image-text", "provenance"],
        "size_categories": [_size(manifest["counts"]["images"])],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"data/{split}-*.parquet"} for split in ORDER
                ],
            }
        ],
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)


def _licence(names: list[str]) -> dict[str, str]:
    if len(names) == 1 and names[0].startswith("CC"):
        return {"license": names[0].lower()}
    return {"license": "other", "license_name": "per-image", "license_link": "README.md"}


def _size(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "1M<n<10M")


def share(part: int, whole: int) -> str:
    """Return a share in per cent with one digit, `–` of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def cell(text: object) -> str:
    """Return text that stays in its cell of a Markdown table."""
    folded = " ".join(str(text).split())
    return folded.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _environment() -> jinja2.Environment:
    # Markdown, not HTML: `cell` escapes what stands in tables
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["share"] = share
    environment.filters["cell"] = cell
    environment.filters["thousands"] = lambda number: f"{number:,}"
    return environment
