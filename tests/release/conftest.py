from tests.release.release_fixtures import _fixed_day, release, run, standing

__all__ = ["_fixed_day", "release", "run", "standing"]
