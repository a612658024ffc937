"""What the collectors do in what time: a section each, all of them in one table or JSON object.

python bench/collectors.py [--only jats] [--json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from measures.jats import measure_jats
from measures.listing import measure_listing
from measures.pace import measure_pace

SECTIONS: dict[str, Callable[[], dict[str, float]]] = {
    "jats": measure_jats,
    "pace": measure_pace,
    "listing": measure_listing,
}


def main() -> None:
    """Print a table, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=SECTIONS, action="append")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    told: dict[str, float] = {}
    for name in chosen.only or SECTIONS:
        told |= SECTIONS[name]()
    if chosen.json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name:>28}  {value}")


if __name__ == "__main__":
    main()
