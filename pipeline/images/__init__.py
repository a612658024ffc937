"""What pictures look like: fingerprints, duplicates, screening, privacy."""
