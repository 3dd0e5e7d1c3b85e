"""The desk of the staff's pages, with the clock at noon."""

from tests.staff.conftest import administrator, desk, noon, reviewer

__all__ = ["administrator", "desk", "noon", "reviewer"]
