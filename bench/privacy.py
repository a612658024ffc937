"""How well persons are found: faces, writing, personal details in passages; and how fast.

    python bench/privacy.py [--pictures 4] [--json]

Faces: those of LFW that come with scikit-image, 25 pixels each and in grey, laid on drawn skin at
any angle, and parts of them that fill the picture; and its one portrait in full size. They are
photographs of real faces, but small ones of public men for the most part: no measure of clinical
pictures. False alarms are counted on drawn skin in ten looks, by Fitzpatrick type. Writing and
passages are put together by the authors of the patterns, from other words: real ones will be worse.
The votes of the cascades were set on every third and fourth face, which are not asked here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import venv
from pathlib import Path

import cv2
import numpy as np
from looks import patients, persons

from pipeline.demo.pictures import generator
from pipeline.images.burned_text import read_lines
from pipeline.images.faces import find_faces
from pipeline.images.privacy import exposure_of, kinds_of_lines
from pipeline.images.writing import may_hold_writing
from pipeline.redaction import private_kinds

PACKAGE = "scikit-image==0.25.2"
BUILD = Path(__file__).parents[1] / "build" / "bench"
SEED = 77
ANGLES = (0, 20, 45, 90, 135, 180, 270)


def photographs() -> tuple[np.ndarray, np.ndarray]:
    """Return faces (grey, 25 x 25) and a portrait (RGB) of a package in its own environment."""
    home = BUILD / "faces"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, PACKAGE], check=True, stdout=sys.stderr)
        (home / "ready").touch()
    told = subprocess.run(
        [str(python), "-c", "import skimage; print(skimage.__path__[0])"],
        check=True,
        capture_output=True,
        text=True,
    )
    data = Path(told.stdout.strip()) / "data"
    unseen = [each for each in range(100) if each % 3 and each % 4]
    faces = (np.load(data / "lfw_subset.npy")[unseen] * 255).astype(np.uint8)
    portrait = cv2.cvtColor(cv2.imread(str(data / "astronaut.png")), cv2.COLOR_BGR2RGB)
    return faces, portrait


def faces_found(n: int) -> dict[str, float]:
    """Return shares of faces found, whole at each angle and in part."""
    faces, portrait = photographs()
    told = {}
    for angle in ANGLES:
        found = []
        for number, face in enumerate(faces[:n]):
            rng = generator(SEED, f"face {number} {angle}")
            skin = patients.clinical(rng, 1 + number % 6)
            shown = persons.with_face(skin, face, rng.uniform(0.3, 0.75), angle)
            found.append(any(each.is_whole for each in find_faces(shown)))
        told[f"face at {angle} degrees"] = float(np.mean(found))
    for name, part in persons.PARTS.items():
        told[f"face in part: {name}"] = float(
            np.mean([bool(find_faces(persons.enlarged(part(face)))) for face in faces[:n]])
        )
    turned = [np.ascontiguousarray(np.rot90(portrait, quarter)) for quarter in range(4)]
    told["portrait, four turns"] = float(np.mean([bool(find_faces(each)) for each in turned]))
    return told


def false_alarms(n: int) -> dict[str, float]:
    """Return shares of pictures of skin on which a face, or an eye alone, is found, by type."""
    told = {}
    for tone in range(1, 7):
        whole, part = [], []
        for name, look in patients.LOOKS.items():
            for number in range(n):
                faces = find_faces(look(generator(SEED, f"skin {tone} {name} {number}"), tone))
                whole.append(any(each.is_whole for each in faces))
                part.append(any(not each.is_whole for each in faces))
        told[f"false face, type {tone}"] = float(np.mean(whole))
        told[f"false eye, type {tone}"] = float(np.mean(part))
    return told


def writing_found(n: int) -> dict[str, float]:
    """Return shares of overlays noticed, and judged; and of harmless ones taken for private."""
    noticed, judged, harmless = [], [], []
    for number in range(n):
        rng = generator(SEED, f"written {number}")
        skin = patients.clinical(rng, 1 + number % 6)
        private = persons.written(rng, skin, persons.overlay(rng))
        noticed.append(may_hold_writing(private))
        judged.append(bool(exposure_of(private, ()).kinds))
        device = persons.written(rng, skin, persons.device(rng))
        harmless.append(bool(kinds_of_lines(read_lines(device))))
    plain = [
        may_hold_writing(look(generator(SEED, f"plain {name} {tone}"), tone))
        for name, look in patients.LOOKS.items()
        for tone in range(1, 7)
    ]
    return {
        "writing noticed": float(np.mean(noticed)),
        "private overlay recognised": float(np.mean(judged)),
        "device overlay taken for private": float(np.mean(harmless)),
        "plain skin read in vain": float(np.mean(plain)),
    }


def passages_redacted(n: int) -> dict[str, float]:
    """Return recall by kind, and the share of clinical sentences in which something is blanked."""
    told = {}
    for kind, make in persons.DETAILS.items():
        found = []
        for number in range(n):
            sentence, detail = make(generator(SEED, f"{kind} {number}"))
            found.append(kind in private_kinds(sentence.format(detail)))
        told[f"passage, {kind}"] = float(np.mean(found))
    clean = [persons.clinical_sentence(generator(SEED, f"clean {each}")) for each in range(5 * n)]
    told["clinical sentence blanked"] = float(np.mean([bool(private_kinds(s)) for s in clean]))
    return told


def milliseconds(n: int) -> dict[str, float]:
    """Return processor milliseconds of each check for a picture of 480 x 360 or a passage."""
    skins = [patients.clinical(generator(SEED, f"speed {each}"), 1 + each % 6) for each in range(n)]
    words = [persons.clinical_sentence(generator(SEED, f"fast {each}")) for each in range(200)]
    read_lines(skins[0])  # loads the models
    checks = {
        "faces, ms": (find_faces, skins),
        "notice writing, ms": (may_hold_writing, skins),
        "read writing, ms": (read_lines, skins),
        "redact a sentence, ms": (private_kinds, words),
    }
    told = {}
    for name, (check, given) in checks.items():
        start = time.process_time()
        for each in given:
            check(each)
        told[name] = 1000 * (time.process_time() - start) / len(given)
    return told


def main() -> None:
    """Print a table, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", type=int, default=4, help="scales all sets")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    n = chosen.pictures
    told = {
        **faces_found(min(50, 6 * n)),
        **false_alarms(n),
        **writing_found(6 * n),
        **passages_redacted(50 * n),
        **milliseconds(2 * n),
    }
    rounded = {name: round(value, 3) for name, value in told.items()}
    if chosen.json:
        print(json.dumps(rounded))
        return
    for name, value in rounded.items():
        print(f"{name:>36}  {value}")


if __name__ == "__main__":
    main()
