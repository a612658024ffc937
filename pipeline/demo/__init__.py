"""The offline world: generated corpora, and loopback servers that speak the real protocols."""
