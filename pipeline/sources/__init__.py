"""Collectors: how each kind of source is listed and fetched."""
