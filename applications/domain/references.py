"""References that people can read out over a telephone."""

from __future__ import annotations

import secrets

from applications.models import Application
from programmes.models import Programme

# No letters or digits that are mistaken for one another, and no vowels that make words.
ALPHABET = "23456789BCDFGHJKMNPQRTVWXYZ"


def new_reference(programme: Programme) -> str:
    """A reference not in use, such as LSC-7K3QP: the programme's code and five random characters."""
    while True:
        reference = f"{programme.code}-{''.join(secrets.choice(ALPHABET) for _ in range(5))}"
        if not Application.objects.filter(reference=reference).exists():
            return reference
