"""Pictures with known truth that the benches draw, beside those of the demo world."""
