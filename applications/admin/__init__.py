"""The staff's pages about applications: the list, the page on which one is reviewed, and the decisions."""

from applications.admin import applications, nomination_board

__all__ = ["applications", "nomination_board"]
