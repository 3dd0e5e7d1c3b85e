"""References that people can read out over a telephone."""

from __future__ import annotations

import secrets

from programmes.models import Programme

# No letters or digits that are mistaken for one another, and no vowels that make words.
ALPHABET = "23456789BCDFGHJKMNPQRTVWXYZ"


def new_reference(programme: Programme) -> str:
    """A reference such as LSC-7K3QP: the programme's code and five random characters.

    Of fourteen million it is hardly ever in use; the schema says so where it is.
    """
    return f"{programme.code}-{''.join(secrets.choice(ALPHABET) for _ in range(5))}"
