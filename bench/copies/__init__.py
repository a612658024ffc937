"""What the bench of duplicates compares."""
