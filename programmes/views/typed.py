"""What somebody typed into a form that could not be taken: given back, so that nobody has to type it twice."""

from __future__ import annotations

from django.http import HttpRequest

# Given back up to so many characters; nobody types more into one page.
_MOST = 100_000
# A form with one of these is not written into a page.
_SECRETS = ("password", "otp_")


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """The names and values of the form that was sent; files are not among them, and no form with a secret."""
    if request.method != "POST":
        return []
    try:
        lists = list(request.POST.lists())
    except Exception:  # noqa: BLE001  a form that broke off is not there to be given back
        return []
    fields = [
        (name, str(value)) for name, values in lists for value in values if name != "csrfmiddlewaretoken"
    ]
    secret = any(word in name.casefold() for name, _ in fields for word in _SECRETS)
    too_much = sum(len(name) + len(value) for name, value in fields) > _MOST
    return [] if secret or too_much else fields
