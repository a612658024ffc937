"""What dermatology calls things: conditions, concepts, and the finding of both in words."""
