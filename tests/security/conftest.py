"""The academy's desk of the staff's tests, for those here that go through it."""

from tests.staff.conftest import desk

__all__ = ["desk"]
