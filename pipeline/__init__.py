"""Everything that happens to data, from a source's listing to a release and its audit."""
