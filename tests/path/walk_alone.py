"""Walk the whole way as a library: no flow, no Prefect."""

import sys

from pipeline import walk
from pipeline.work import Place, open_run


def main(workspace: str, catalog: str, snapshot: str) -> None:
    place = Place(workspace, catalog, "alone", "template")
    run = open_run(place)
    sources = run.catalog.sources_of("derm")
    failures = walk.build_tables(place, sources, snapshot)
    for failure in failures:
        print(f"{failure.work}: {failure.error}", file=sys.stderr)
    if not failures:
        print(walk.release(place, "derm"))
    sys.exit(1 if failures else 0)


main(*sys.argv[1:])
