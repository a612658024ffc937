import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "release"))

from release_fixtures import _fixed_day, release, run, standing

__all__ = ["_fixed_day", "release", "run", "standing"]
