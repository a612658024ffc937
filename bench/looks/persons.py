"""Persons for the bench of privacy: faces on skin, overlays of devices, names and numbers."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from pipeline.demo.pictures import Picture, write_text

SKIN_TINT = np.array([0.95, 0.79, 0.69])
SIDE = 480
PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "upper half": lambda face: face[3:14],
    "eyes alone": lambda face: face[6:13],
    "left half": lambda face: face[:, :13],
    "one eye": lambda face: face[5:14, 2:13],
    "lower half": lambda face: face[12:25],
}

Rng = np.random.Generator


def with_face(skin: Picture, face: np.ndarray, share: float, angle: int) -> Picture:
    """Lay a grey face, tinted and turned, on the middle of a picture, `share` of its height."""
    shown = skin.copy()
    height, width = shown.shape[:2]
    side = round(height * share)
    large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
    tinted = np.clip(large[..., None] * SKIN_TINT, 0, 255).astype(np.uint8)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1)
    turn[:, 2] += (width - side) / 2, (height - side) / 2
    laid = cv2.warpAffine(tinted, turn, (width, height))
    mask = cv2.warpAffine(np.full((side, side), 255, np.uint8), turn, (width, height)) > 128
    shown[mask] = laid[mask]
    return shown


def enlarged(part: np.ndarray) -> Picture:
    """Return a part of a face that fills the picture."""
    scale = SIDE / max(part.shape)
    large = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.clip(large[..., None] * SKIN_TINT, 0, 255).astype(np.uint8)


def written(rng: Rng, picture: Picture, text: str) -> Picture:
    """Write some lines into a corner, as devices do: light, dark or yellow."""
    size = int(rng.integers(11, 22))
    colour = ((255, 255, 255), (0, 0, 0), (255, 230, 60))[int(rng.integers(3))]
    height = picture.shape[0]
    top = 8 if rng.random() < 0.5 else height - 12 - round(1.4 * size * (text.count("\n") + 1))
    return write_text(picture, (10, top), text, size=size, colour=colour)


FIRST = ("Beatrix", "Thomas", "Latoya", "Nikolai", "Sunita", "Gustavo", "Maeve", "Peter", "Amina")
LAST = ("Okafor", "Lindqvist", "Moreau", "Petrov", "Baumann", "Castillo", "O'Hara", "Iyer", "Cole")
MONTHS = ("January", "April", "May", "August", "October", "Dec", "Sept")
STREETS = ("Maple Street", "Station Road", "Harbour Lane", "Lincoln Avenue", "Kings Crescent")


def _of(rng: Rng, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _digits(rng: Rng, n: int) -> str:
    return "".join(str(each) for each in rng.integers(1, 10, n))


def _date(rng: Rng) -> str:
    day, month, year = (
        int(rng.integers(1, 29)),
        int(rng.integers(1, 13)),
        int(rng.integers(1930, 2015)),
    )
    named = f"{day} {_of(rng, MONTHS)} {year}"
    forms = (
        f"{day:02d}/{month:02d}/{year}",
        f"{day}.{month}.{year}",
        f"{year}-{month:02d}-{day:02d}",
    )
    return _of(rng, (*forms, named))


def _name(rng: Rng) -> str:
    return f"{_of(rng, FIRST)} {_of(rng, LAST)}"


def overlay(rng: Rng) -> str:
    """Return what a device prints of a patient."""
    first, last = _of(rng, FIRST), _of(rng, LAST)
    forms = (
        f"Name: {first} {last}\nDOB: {_date(rng)}",
        f"{last.upper()}, {first.upper()}\nMRN {_digits(rng, 8)}",
        f"Patient ID: {_digits(rng, 7)}  {_date(rng)}",
        f"Patient: {first} {last}   1 cm",
        f"Dr. {first} {last}\ntel +44 20 {_digits(rng, 4)} {_digits(rng, 4)}",
        f"{first.lower()}@{last.lower().replace(chr(39), '')}.org",
    )
    return _of(rng, forms)


def device(rng: Rng) -> str:
    """Return what a device prints of itself."""
    forms = ("1 cm", "DermLite DL4  10x", "A", "HEINE DELTA 20T  5 mm", "Lesion 3  20x", "B  x70")
    return _of(rng, forms)


DETAILS: dict[str, Callable[[Rng], tuple[str, str]]] = {
    "name": lambda rng: (
        _of(
            rng,
            (
                "Seen by Dr. {} last week.",
                "Mrs {} came back.",
                "Patient: {}, 40 years.",
                "My name is {} and it itches.",
            ),
        ),
        _name(rng),
    ),
    "birth_date": lambda rng: (
        _of(rng, ("DOB {}, male.", "She was born on {} in Kent.", "Date of birth: {}.", "geb. {}")),
        _date(rng),
    ),
    "record_number": lambda rng: (
        _of(
            rng,
            ("MRN {}", "hospital number {} of ours", "Patient ID: {};", "medical record no. {}."),
        ),
        _digits(rng, int(rng.integers(6, 9))),
    ),
    "phone": lambda rng: (
        _of(rng, ("Call {} today", "phone: {}.", "reach me on {}, thanks")),
        _of(
            rng,
            (
                f"+49 30 {_digits(rng, 7)}",
                f"({_digits(rng, 3)}) {_digits(rng, 3)}-{_digits(rng, 4)}",
                f"0{_digits(rng, 4)} {_digits(rng, 6)}",
                f"+33 6 {' '.join(_digits(rng, 2) for _ in range(4))}",
            ),
        ),
    ),
    "email": lambda rng: (
        _of(rng, ("write to {}.", "({})", "mail {} for pictures")),
        f"{_of(rng, FIRST).lower()}.{_digits(rng, 2)}{_of(rng, ('@', ' [at] '))}mail.co.uk",
    ),
    "address": lambda rng: (
        _of(rng, ("She lives at {}.", "Send it to {}, please.")),
        f"{int(rng.integers(1, 400))} {_of(rng, STREETS)}",
    ),
}


DRUGS = ("Nivolumab", "Imatinib", "Lithium")
SIGNS = ("Koebner", "Darier", "Auspitz", "Nikolsky")


def clinical_sentence(rng: Rng) -> str:
    """Return a sentence with numbers and capitals and nobody in it."""
    n, m = int(rng.integers(2, 90)), int(rng.integers(100, 990))
    few, letter = n % 9 + 1, _of(rng, ("A", "B", "C"))
    forms = (
        f"A {n}-year-old woman had {few} plaques of {n}-{n + 5} mm on the back since {1930 + n}.",
        f"Methotrexate {n}.5 mg weekly for {n} weeks, then adalimumab {m} mg (p = 0.0{n}).",
        f"Figure {few}{letter}. Dermoscopy (x{n}) by the ABCD rule; scale bar, {few} cm.",
        f"Case {few}: Patient {few} had a PASI of {n}.{few} in {_of(rng, MONTHS)} 2019.",
        f"doi:10.{m}4/j.jaad.20{n:02d}.0{n}.{m}, PMID {m}{m}{n}, NCT0{m}{m}{n}.",
        f"Lichen Planus in a Patient Receiving {_of(rng, DRUGS)}: Report of {n} Cases.",
        f"Biopsied on {_date(rng)}; Breslow {few}.{n} mm, Clark level IV, CD{n}+ Melan-A.",
        f"{_of(rng, SIGNS)} sign was positive; Fitzpatrick type IV, DLQI {n % 30}.",
        f"Sequenced by Illumina (GenBank accession number MN{m}{m}), {m} reads.",
        f"Miss rates fell from {n}.{few}% to {few}%, 95% CI {few}-{n}, n = {m}.",
    )
    return _of(rng, forms)
