"""Sending a list of nominees, reading its preview, and confirming it."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.models import Nominee

SEND = "admin:applications_nominationboard_import"
PREVIEW = "admin:applications_nominationboard_import_preview"
LIST = "admin:applications_nominationboard_changelist"
HEAD = "ics,name,email,rank,note\n"


def send(client, programme, text, name="list.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    given = {"programme": programme.pk, "file": SimpleUploadedFile(name, content)}
    return client.post(reverse(SEND), given)


def preview(client, programme, text):
    sent = send(client, programme, text)
    return client.get(sent.headers["Location"])


def confirm(client, page, **given):
    given = {"previewed": page.context["previewed"], **given}
    return client.post(page.request["PATH_INFO"], given, follow=True)


def take_in(client, programme, text, **given):
    return confirm(client, preview(client, programme, text), **given)


def told(page):
    return [(one.line, one.what, one.outcome, one.column, one.reason) for one in page.context["outcomes"]]


def named():
    return [
        (one.nomination_key, one.name, one.email, one.rank, one.note)
        for one in Nominee.objects.order_by("pk")
    ]
