"""The page that says to try again: a form that met a database that is away, or a full disk, is sent again as it was."""

import errno
import html
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.utils import timezone

from applications.models import Answer
from config import views
from config.files import WholeFiles
from programmes.domain import links
from programmes.models import Link
from tests import factories, scenarios
from tests.faults.full_disk import FullDisk
from tests.faults.visitor import FIELD
from tests.faults.world import Count

AWAY = "Sorry, the service is not available at the moment"
TYPED = 'A "group" of 8.\r\n<b>Twice</b> a week & more; Siân'
PDF = b"%PDF-1.7 certificate"


def _shown(request, error):
    """The answer to a request in which something went wrong, as Django asks for it."""
    try:
        raise error
    except type(error):
        return views.server_error(request)


def _hidden(response):
    found = FIELD.findall(response.content.decode())
    return [(html.unescape(name), html.unescape(value)) for name, value in found]


@pytest.fixture
def post():
    return lambda fields: RequestFactory().post("/my/abc/questions/", fields)


@pytest.mark.parametrize(
    "error",
    [OperationalError("server closed the connection"), OSError(errno.ENOSPC, "No space left on device")],
)
def test_a_form_that_could_not_be_saved_is_given_back_whole(error, post):
    response = _shown(post({"why": TYPED, "ways": ["one", "two"], "csrfmiddlewaretoken": "old"}), error)

    (name, token), *typed = _hidden(response)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert response.headers["Cache-Control"] == "no-store"
    assert (name, len(token), token != "old") == ("csrfmiddlewaretoken", 64, True)
    assert typed == [("why", TYPED), ("ways", "one"), ("ways", "two")]
    assert "<b>Twice" not in response.content.decode()
    assert "What you typed is kept on this page." in response.content.decode()


def test_a_form_with_a_file_says_that_the_file_is_not_kept(post):
    response = _shown(post({"why": TYPED, "paper": SimpleUploadedFile("a.pdf", PDF)}), OperationalError())

    assert _hidden(response)[1:] == [("why", TYPED)]
    assert "The file you chose is not kept." in response.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "ada", "password": "a-long-password"},
        {"otp_token": "123456"},
        {"why": "x" * 100_001},
        {},
    ],
)
def test_secrets_and_what_nobody_typed_are_not_written_into_the_page(fields, post):
    response = _shown(post(fields), OperationalError())

    assert response.status_code == 503
    assert "<form" not in response.content.decode()
    assert "Go back in your browser and try again later." in response.content.decode()


def test_a_page_that_was_only_opened_holds_no_form():
    response = _shown(RequestFactory().get("/my/abc/questions/?why=1"), OperationalError())

    assert (response.status_code, "<form" in response.content.decode()) == (503, False)


def test_a_form_that_broke_off_on_its_way_gives_nothing_back():
    class Broken:
        method = "POST"
        path_info = "/"

        @property
        def POST(self):  # noqa: N802  Django's name
            raise OSError(errno.ENOSPC, "No space left on device")

    response = _shown(Broken(), OSError(errno.ENOSPC, "No space left on device"))

    assert (response.status_code, "<form" in response.content.decode()) == (503, False)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), ZeroDivisionError()])
def test_a_fault_of_ours_is_not_called_a_matter_of_waiting(error, post):
    assert _shown(post({"why": TYPED}), error).status_code == 500


def test_a_disk_that_fills_up_leaves_no_half_of_a_file(tmp_path):
    with pytest.raises(OSError, match="No space left"):
        FullDisk(tmp_path).save("answers/1/abc", ContentFile(PDF))
    assert _files_in(tmp_path) == []

    assert WholeFiles(tmp_path).save("answers/1/abc", ContentFile(PDF)) == "answers/1/abc"
    assert [path.read_bytes() for path in _files_in(tmp_path)] == [PDF]


def test_a_file_is_refused_before_the_disk_is_full(tmp_path, settings, monkeypatch):
    settings.KEEP_FREE_MB = 3
    free = [3_000_000 + len(PDF) - 1, 3_000_000 + len(PDF)]
    # How much this machine's disk has left is not ours to say; what is done about it is the portal's own.
    monkeypatch.setattr("config.files.free_bytes", lambda folder: free.pop(0))

    with pytest.raises(OSError, match="KEEP_FREE_MB") as refused:
        WholeFiles(tmp_path).save("answers/1/abc", ContentFile(PDF))
    left = _files_in(tmp_path)
    WholeFiles(tmp_path).save("answers/1/abc", ContentFile(PDF))

    assert (refused.value.errno, left) == (errno.ENOSPC, [])
    assert [path.read_bytes() for path in _files_in(tmp_path)] == [PDF]


def _files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_an_upload_to_a_full_disk_loses_nothing_that_was_typed(tmp_path, settings, report):
    now = timezone.now()
    programme = factories.ProgrammeFactory(
        opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9)
    )
    factories.QuestionFactory(programme=programme, key="why")
    factories.QuestionFactory(programme=programme, key="paper", kind="file")
    application = scenarios.started(programme, "sam@example.org", now=now)
    token = links.token_of(
        links.mint(Link.Opens.APPLICATION, application.pk, sent_to="sam@example.org", now=now)
    )
    person, path = Client(raise_request_exception=False), f"/my/{token}/questions/"
    settings.MEDIA_ROOT = tmp_path

    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "tests.faults.full_disk.FullDisk"}}
    paper = SimpleUploadedFile("a.pdf", PDF)
    full = person.post(path, {"question-why": TYPED, "question-paper": paper})
    left, answered = _files_in(tmp_path), Answer.objects.count()
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "config.files.WholeFiles"}}
    page = person.post(path, dict(_hidden(full)))
    fields = {
        "question-why": dict(_hidden(full))["question-why"],
        "question-paper": SimpleUploadedFile("a.pdf", PDF),
    }
    again = person.post(path, fields)

    assert (full.status_code, AWAY in full.content.decode()) == (503, True)
    assert (left, answered) == ([], 0)
    # The file is asked for again, beside what was typed.
    assert (page.status_code, html.escape("8.") in page.content.decode()) == (200, True)
    assert again.status_code == 302
    kept = {answer.question.key: answer for answer in Answer.objects.all()}
    assert kept["why"].value == TYPED.replace("\r\n", "\n")
    assert [path.read_bytes() for path in _files_in(tmp_path)] == [PDF]
    report(
        "Disk full as a file is uploaded",
        Count(2, len(kept), 2 - len(kept), 0),
        "what was typed, and the file",
    )
