"""The demo's open access articles: plans, figures, JATS, metadata and inventory.

Written below `pubmed/bucket/` exactly under the keys of the PMC Cloud Service, plus
`pubmed/articles.json`, from which the search answers, and `pubmed/europepmc/` for what Europe PMC
has and the bucket has not.
"""

import csv
import gzip
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.demo.article_plans import ARTICLES, ArticlePlan, FigurePlan
from pipeline.demo.cases import Case, caption, draw_case, make_case
from pipeline.demo.figures import Compound, compose, draw_chart, draw_histology
from pipeline.demo.jats import FigureText, article_xml
from pipeline.demo.pictures import Picture, encode_jpeg, encode_png, generator
from pipeline.demo.truth import Place, TruthBook

BUCKET = "pmc-oa-opendata"
_REPORTS = f"inventory-reports/{BUCKET}/metadata"
_DAYS = ("2026-08-31T01-00Z", "2026-09-01T01-00Z")  # the manifest of the later is half written
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A figure's picture, its panels and what its caption says."""

    picture: Picture
    compound: Compound | None
    text: FigureText


def write_articles(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write every article of the world and record its figures."""
    bucket = folder / "bucket"
    rows: list[dict[str, Any]] = []
    for plan in ARTICLES:
        drawn = [_draw(plan, figure, seed) for figure in plan.figures]
        for figure, made in zip(plan.figures, drawn, strict=True):
            _record(plan, figure, made, seed, truth)
        for version in plan.versions:
            _write_version(bucket, plan, version, drawn)
        rows.append(_search_row(plan))
    _write_inventory(bucket)
    (folder / "articles.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    _record_plants(truth)


def figure_case(seed: int, pmcid: str, figure: FigurePlan, place: int = 0) -> Case:
    """Return the case that a figure, or a panel of it, shows."""
    return make_case(seed, f"pubmed {pmcid} {figure.figure_id} {place}", figure.diseases[place])


def _draw(plan: ArticlePlan, figure: FigurePlan, seed: int) -> _Drawn:
    if figure.kind == "chart":
        rng = generator(seed, f"chart {plan.pmcid} {figure.figure_id}")
        groups = ("week 0", "week 4", "week 8", "week 12")
        picture = draw_chart(rng, 720, 480, title="Patients who responded", groups=groups)
        words = "Share of patients who responded to treatment, by week of follow-up."
        return _Drawn(picture, None, FigureText(figure, words))
    if figure.kind == "histology":
        rng = generator(seed, f"histology {plan.pmcid} {figure.figure_id}")
        words = (
            f"Histopathology of {figure.diseases[0]}: acanthosis and a dermal lymphocytic "
            "infiltrate (haematoxylin and eosin, original magnification ×100)."
        )
        return _Drawn(draw_histology(rng, 720, 540), None, FigureText(figure, words))
    cases = [figure_case(seed, plan.pmcid, figure, n) for n in range(len(figure.diseases))]
    if len(cases) == 1:
        return _Drawn(draw_case(cases[0]), None, FigureText(figure, caption(cases[0])))
    letters = tuple("ABCD"[: len(cases)])
    compound = compose(
        [draw_case(case, 400, 300) for case in cases],
        columns=figure.columns,
        gutter=figure.gutter,
        background=_BLACK if figure.dark else _WHITE,
        letters=letters,
    )
    parts = tuple(zip(letters, (caption(case) for case in cases), strict=True))
    return _Drawn(compound.picture, compound, FigureText(figure, "Clinical findings.", parts))


def _record(
    plan: ArticlePlan, figure: FigurePlan, drawn: _Drawn, seed: int, truth: TruthBook
) -> None:
    whole = Place("pubmed", plan.pmcid, figure.figure_id)
    if figure.kind != "skin":
        disease = figure.diseases[0] if figure.diseases else None
        truth.add_other(whole, figure.kind, disease=disease)
    elif drawn.compound is None:
        truth.add_skin(whole, figure_case(seed, plan.pmcid, figure))
    else:
        panels = zip(drawn.compound.letters, drawn.compound.boxes, strict=True)
        for number, (letter, box) in enumerate(panels):
            place = Place("pubmed", plan.pmcid, f"{figure.figure_id}/{letter.lower()}")
            truth.add_skin(place, figure_case(seed, plan.pmcid, figure, number), box=box)
        note = "Panels on a grid, each with its letter and its own part of the caption."
        truth.plant("compound_figure", "split_into_panels", note, whole)


def _write_version(bucket: Path, plan: ArticlePlan, version: int, drawn: list[_Drawn]) -> None:
    stem = f"{plan.pmcid}.{version}"
    home = bucket / stem
    home.mkdir(parents=True)
    media = []
    for figure, made in zip(plan.figures, drawn, strict=True):
        is_png = figure.suffix == "png"
        body = encode_png(made.picture) if is_png else encode_jpeg(made.picture, 88)
        name = f"{figure.stem(plan.pmcid)}.{figure.suffix}"
        (home / name).write_bytes(body)
        media.append(_address(bucket, home / name))
    xml = article_xml(plan, version, [made.text for made in drawn])
    if plan.is_damaged:
        whole = bucket.parent / "europepmc" / f"{plan.pmcid}.xml"
        whole.parent.mkdir(exist_ok=True)
        whole.write_text(xml, encoding="utf-8")
        xml = xml[: len(xml) * 2 // 3]
    (home / f"{stem}.xml").write_text(xml, encoding="utf-8")
    (home / f"{stem}.txt").write_text(f"{plan.title}\n\n{plan.abstract}\n", encoding="utf-8")
    metadata = {
        "pmcid": plan.pmcid,
        "version": version,
        "pmid": plan.pmid,
        "doi": plan.doi,
        "mid": None,
        "title": plan.title,
        "citation": f"J Invented Dermatol. {plan.published[:4]}; 1:{plan.pmid % 1000}.",
        "is_pmc_openaccess": plan.is_open_access,
        "is_manuscript": not plan.is_open_access,
        "is_historical_ocr": False,
        "is_retracted": plan.is_retracted,
        "license_code": plan.licence,
        "xml_url": _address(bucket, home / f"{stem}.xml"),
        "pdf_url": None,
        "text_url": _address(bucket, home / f"{stem}.txt"),
        "media_urls": media,
    }
    body = json.dumps(metadata, indent=1).encode()
    (home / f"{stem}.json").write_bytes(body)
    copies = bucket / "metadata"
    copies.mkdir(exist_ok=True)
    (copies / f"{stem}.json").write_bytes(body)


def _address(bucket: Path, path: Path) -> str:
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    return f"s3://{BUCKET}/{path.relative_to(bucket).as_posix()}?md5={digest}"


def _search_row(plan: ArticlePlan) -> dict[str, Any]:
    names = " ".join(name for figure in plan.figures for name in figure.diseases)
    return {
        "id": plan.pmcid.removeprefix("PMC"),
        "words": f"{plan.title} {plan.abstract} {names} dermatology skin diseases".lower(),
        "licence": plan.licence,
        "is_open_access": plan.is_open_access,
        "published": plan.published,
        "latest": plan.newest,
        "title": plan.title,
        "authors": ["Invented A"],
    }


def full_text(folder: Path, article: dict[str, Any]) -> str:
    """Return the newest text of an article of `articles.json` as its publisher sent it."""
    whole = folder / "europepmc" / f"PMC{article['id']}.xml"
    stem = article["latest"]
    path = whole if whole.exists() else folder / "bucket" / stem / f"{stem}.xml"
    return path.read_text(encoding="utf-8")


def _write_inventory(bucket: Path) -> None:
    """Write two daily inventories of metadata files: a manifest and one gzipped CSV each."""
    body = gzip.compress(_inventory(bucket).encode(), mtime=0)
    for number, day in enumerate(_DAYS, start=1):
        key = f"{_REPORTS}/data/{number:04d}.csv.gz"
        manifest = {
            "sourceBucket": BUCKET,
            "fileFormat": "CSV",
            "fileSchema": "Bucket, Key, LastModifiedDate, ETag",
            "files": [
                {
                    "key": key,
                    "size": len(body),
                    "MD5checksum": hashlib.md5(body, usedforsecurity=False).hexdigest(),
                }
            ],
        }
        text = json.dumps(manifest)
        (bucket / key).parent.mkdir(parents=True, exist_ok=True)
        (bucket / key).write_bytes(body)
        path = bucket / _REPORTS / day / "manifest.json"
        path.parent.mkdir()
        path.write_text(text[: len(text) // 2] if day == _DAYS[-1] else text, encoding="utf-8")


def _inventory(bucket: Path) -> str:
    lacking = {f"{plan.newest}.json" for plan in ARTICLES if not plan.is_inventoried}
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for path in sorted((bucket / "metadata").iterdir()):
        if path.name not in lacking:
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            table.writerow([BUCKET, f"metadata/{path.name}", "2026-08-30T02:59:59.000Z", digest])
    return text.getvalue()


def _record_plants(truth: TruthBook) -> None:
    for plan in ARTICLES:
        item = Place("pubmed", plan.pmcid)
        if plan.is_retracted:
            truth.plant("retracted_article", "not_collected", "is_retracted is true.", item)
        if not plan.is_open_access:
            note = "An author manuscript: is_pmc_openaccess is false, no licence code."
            truth.plant("author_manuscript", "not_collected", note, item)
        if plan.licence == "CC BY-NC":
            note = "Left out of a release that takes open licences only."
            truth.plant("non_commercial_article", "dropped", note, item)
        if len(plan.versions) > 1:
            note = f"Version {max(plan.versions)} stands for the article."
            truth.plant("two_versions", "kept", note, item)
        if plan.is_damaged:
            note = "The bucket's text is cut off; Europe PMC's stands in for it."
            truth.plant("damaged_fulltext", "kept", note, item)
        for figure in plan.figures:
            place = Place("pubmed", plan.pmcid, figure.figure_id)
            if not figure.has_caption:
                note = "No caption element; the article cites it in the text."
                truth.plant("figure_without_caption", "no_pair", note, place)
            if figure.kind != "skin":
                truth.plant(f"{figure.kind}_figure", "dropped", "Not a picture of skin.", place)
