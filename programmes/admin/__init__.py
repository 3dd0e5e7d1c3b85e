"""The staff's pages about programmes, academies, the places people work, and mails."""

from programmes.admin import academies, messages, organisations, people, programmes

__all__ = ["academies", "messages", "organisations", "people", "programmes"]
