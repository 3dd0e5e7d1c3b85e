"""Nothing is stored about facilitators yet: see docs/decisions/0001-the-house.md."""
