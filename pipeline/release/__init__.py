"""Versioned releases: build, split, verify, compare."""
