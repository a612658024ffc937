"""How every flow ends: an artifact that a person can read, and a failure that says what failed."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact

from pipeline.audit.status import status
from pipeline.errors import DermcurateError
from pipeline.walk import Failure
from pipeline.work import Place, open_run

MAX_TOLD = 20


class WorkFailedError(DermcurateError):
    """Some works of a flow failed; the others are done and stay done."""


def conclude(flow_name: str, place: Place, failures: list[Failure]) -> None:
    """Leave the artifact, and fail the flow run if anything failed.

    Raises:
        WorkFailedError: with every failure, up to twenty of them spelled out.
    """
    create_markdown_artifact(
        key=f"{flow_name}-funnel", markdown=_markdown(flow_name, place, failures)
    )
    if failures:
        raise WorkFailedError(told(failures))


def told(failures: list[Failure]) -> str:
    """Return the failures in one text, the first twenty spelled out."""
    lines = [f"{failure.work}: {failure.error}" for failure in failures[:MAX_TOLD]]
    if len(failures) > MAX_TOLD:
        lines.append(f"and {len(failures) - MAX_TOLD} more; `dermcurate status` counts them")
    return f"{len(failures)} works failed, all others are done:\n  " + "\n  ".join(lines)


def _markdown(flow_name: str, place: Place, failures: list[Failure]) -> str:
    lines = [
        f"# {flow_name}",
        "",
        "| source | snapshot | stage | done | rows |",
        "|---|---|---|---|---|",
    ]
    for source, each in status(open_run(place)).items():
        for stage, far in each["stages"].items():
            if not far["done"]:
                continue
            rows = "; ".join(
                f"{table} " + ", ".join(f"{n} {name}" for name, n in counts.items())
                for table, counts in far["rows"].items()
            )
            done = f"{far['done']}/{each['partitions']}"
            lines.append(f"| {source} | {each['snapshot']} | {stage} | {done} | {rows} |")
    if failures:
        lines += ["", "## Failures", "", told(failures)]
    return "\n".join(lines)
