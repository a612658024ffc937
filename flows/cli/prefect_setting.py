"""Settings under which the command line runs flows; import Prefect only after them."""

from __future__ import annotations

import os
from pathlib import Path


def prepare_prefect(workspace: str, verbose: bool) -> None:
    """Set what Prefect reads from the environment, where the user has not.

    Faults reach the user once, as the sentence at the end, and not as logged tracebacks too.
    Without PREFECT_API_URL a temporary server runs for the time of the command, with its
    database in the workspace.
    """
    if "://" not in workspace:
        home = Path(workspace).absolute() / "prefect"
        home.mkdir(parents=True, exist_ok=True)  # Prefect's database does not make its folder
        os.environ.setdefault("PREFECT_HOME", str(home))
    defaults = {
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "pipeline",
        "PREFECT_LOGGING_LEVEL": "INFO" if verbose else "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",  # it complains of being stopped at the end
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "DO_NOT_TRACK": "1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
