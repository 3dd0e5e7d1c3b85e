"""The staff's pages about programmes, academies, the places people work, and mails."""

from programmes.admin import (
    academies,
    feeds,
    invitations,
    letters,
    messages,
    organisations,
    people,
    privacy,
    programmes,
    wordings,
)

__all__ = [
    "academies",
    "feeds",
    "invitations",
    "letters",
    "messages",
    "organisations",
    "people",
    "privacy",
    "programmes",
    "wordings",
]
