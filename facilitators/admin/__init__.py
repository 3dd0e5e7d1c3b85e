"""The staff's pages about the end of the training: evaluations and certificates."""

from facilitators.admin import completion

__all__ = ["completion"]
