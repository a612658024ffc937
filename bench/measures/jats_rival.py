"""Run pubmed_parser over files, once for each line that comes in: run in its own environment.

python jats_rival.py FILE... < lines

A line is `captions`, or `paragraphs` for captions and paragraphs; the answer is a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time

import pubmed_parser


def run(work: str, paths: list[str]) -> dict[str, object]:
    """Return the seconds taken, the figures with a picture's name, and the files that failed."""
    figures, failed = {}, []
    start = time.process_time()
    for path in paths:
        try:
            found = pubmed_parser.parse_pubmed_caption(path) or []
            if work == "paragraphs":
                pubmed_parser.parse_pubmed_paragraph(path, all_paragraph=True)
            figures[path] = sum(each["graphic_ref"] is not None for each in found)
        except Exception as fault:  # noqa: BLE001  whatever a rival raises is counted
            failed.append(f"{path}: {type(fault).__name__}")
    return {"seconds": time.process_time() - start, "figures": figures, "failed": failed}


for line in sys.stdin:
    print(json.dumps(run(line.strip(), sys.argv[1:])), flush=True)
