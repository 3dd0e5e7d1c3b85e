"""What people upload: of the kind it says, looked at by a scanner, kept by no name of theirs, and only ever saved."""

import io
import re
import socket
import struct
import threading
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from applications.models import Answer
from programmes.domain import uploads
from programmes.models import ImportFile, Question
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors

INFECTED = "The scanner for viruses found something in this file. Nothing of it is kept: choose another file"
NOT_SCANNED = "We could not check this file for viruses. Nothing of it is kept: try again later"


def archive(*names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return packed.getvalue()


DOCX, ODT = ("[Content_Types].xml", "word/document.xml"), ("mimetype", "content.xml")


class Clamd(threading.Thread):
    """What stands in for ClamAV: speaks its words over a socket, and finds what a test calls a virus."""

    def __init__(self, listening, answer=None):
        super().__init__(daemon=True)
        self.listening, self.answer, self.seen = listening, answer, []

    def run(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection:
                self.seen.append(self._stream(connection))
                connection.sendall(self._said(self.seen[-1]))

    def _stream(self, connection):
        with connection.makefile("rb") as words:
            assert words.read(10) == b"zINSTREAM\0"
            found = b""
            while length := struct.unpack("!L", words.read(4))[0]:
                found += words.read(length)
            return found

    def _said(self, content):
        if self.answer is not None:
            return self.answer
        return b"stream: Test-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0"


@pytest.fixture
def clamd(settings):
    started = []

    def start(answer=None):
        listening = socket.create_server(("127.0.0.1", 0))
        thread = Clamd(listening, answer)
        thread.start()
        started.append((thread, listening))
        settings.CLAMD_URL = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        return thread

    yield start
    for thread, listening in started:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@pytest.fixture
def visitor(db):
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme, key="paper", kind=Question.Kind.FILE, required=False)
    factories.QuestionFactory(programme=programme, key="why", required=False)
    return Visitor(scenarios.started(programme, "sam@example.org"))


def send(visitor, name, content, content_type="application/pdf"):
    file = SimpleUploadedFile(name, content, content_type=content_type)
    return visitor.post("questions", {"question-paper": file, "question-why": "Because."})


# Its kind.
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pdf", b"%PDF-1.7 x"),
        ("doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 x"),
        ("docx", archive(*DOCX)),
        ("odt", archive(*ODT)),
        ("png", b"\x89PNG\r\n\x1a\n x"),
        ("jpg", b"\xff\xd8\xff x"),
        ("jpeg", b"\xff\xd8\xff x"),
    ],
)
def test_a_file_is_taken_for_what_is_in_it(kind, content):
    file = ContentFile(content)

    assert uploads.is_what_it_says(file, kind)
    assert file.tell() == 0
    others = [other for other in uploads.BEGINNINGS if uploads.is_what_it_says(file, other)]
    assert others == (["jpg", "jpeg"] if kind.startswith("jp") else [kind])


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 is how every archive begins",
        archive("evil.exe"),
        archive("word/document.xml"),
        archive(*DOCX, "word/vbaProject.bin"),
    ],
    ids=["cut off", "another archive", "half a document", "with a program"],
)
def test_an_archive_is_no_document_by_its_name(visitor, content):
    response = send(visitor, "me.docx", content)

    assert errors(response) == [
        "“me.docx” is not a .docx file, although its name says so: choose another file"
    ]
    assert Answer.objects.exclude(file="").count() == 0


@pytest.mark.parametrize(
    "name", ["page.html", "picture.svg", "run.exe", "me.pdf.html", "me.pdf\u202efdp.js", "me", ".htaccess"]
)
def test_no_other_kind_is_taken_whatever_is_said_of_it(visitor, name):
    response = send(visitor, name, b"%PDF-1.7 <script>alert(1)</script>")

    (sentence,) = errors(response)
    assert sentence.startswith("The file must be a .pdf file, a .doc file,")
    assert Answer.objects.exclude(file="").count() == 0


def test_a_file_is_kept_by_no_name_of_its_senders_and_only_ever_saved(visitor):
    send(visitor, "../../<b>wages.pdf", b"%PDF-1.7 <script>alert(1)</script>", content_type="text/html")

    answer = Answer.objects.exclude(file="").get()
    response = visitor.get("my_file", pk=answer.pk)
    assert re.fullmatch(r"answers/\d+/[0-9a-f]{32}", answer.file.name)
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_no_address_serves_what_was_uploaded(visitor, settings):
    send(visitor, "me.pdf", b"%PDF-1.7 x")
    name = Answer.objects.exclude(file="").get().file.name

    found = [Client().get(f"{start}{name}").status_code for start in ("/", "/media/", "/static/", "/var/")]

    assert (found, settings.MEDIA_URL) == ([404] * 4, "/")


def test_staff_get_404_for_a_file_that_is_gone(visitor):
    send(visitor, "me.pdf", b"%PDF-1.7 x")
    answer = Answer.objects.exclude(file="").get()
    answer.file.storage.delete(answer.file.name)
    staff = Client(raise_request_exception=False)
    staff.force_login(scenarios.reviewer_of(answer.application.programme))

    response = staff.get(
        reverse("admin:applications_application_file", args=[answer.application_id, answer.pk])
    )

    assert response.status_code == 404


# The scanner.
def test_without_a_scanner_files_are_taken(visitor):
    send(visitor, "me.pdf", b"%PDF-1.7 EICAR")

    assert Answer.objects.exclude(file="").count() == 1


def test_a_clean_file_is_taken_whole(visitor, clamd):
    scanner = clamd()
    content = b"%PDF-1.7 " + b"0123456789" * 20_000

    send(visitor, "me.pdf", content)

    kept = Answer.objects.exclude(file="").get()
    assert scanner.seen == [content]
    assert kept.file.read() == content


def test_an_infected_file_is_refused_and_the_rest_is_kept(visitor, clamd, caplog):
    clamd()

    response = send(visitor, "me.pdf", b"%PDF-1.7 EICAR")

    assert errors(response) == [INFECTED]
    assert Answer.objects.exclude(file="").count() == 0
    assert "Because." in response.content.decode()
    assert [record.getMessage() for record in caplog.records if "refused" in record.getMessage()] == [
        "The scanner refused a file: stream: Test-Signature FOUND"
    ]


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK and more\0", b"x" * 5000]
)
def test_a_file_of_which_the_scanner_says_nothing_is_refused(visitor, clamd, answer):
    clamd(answer)

    response = send(visitor, "me.pdf", b"%PDF-1.7 x")

    assert errors(response) == [NOT_SCANNED]
    assert Answer.objects.exclude(file="").count() == 0


@pytest.mark.parametrize("where", ["tcp://127.0.0.1:9", "unix:///nowhere/clamd.ctl"])
def test_a_file_is_refused_while_the_scanner_is_down(visitor, settings, where):
    settings.CLAMD_URL = where

    response = send(visitor, "me.pdf", b"%PDF-1.7 x")

    assert errors(response) == [NOT_SCANNED]
    assert Answer.objects.exclude(file="").count() == 0


def test_a_scanner_behind_a_socket_of_the_machine_is_asked(settings, tmp_path):
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(tmp_path / "clamd"))
    listening.listen()
    thread = Clamd(listening)
    thread.start()
    settings.CLAMD_URL = f"unix://{tmp_path / 'clamd'}"
    file = ContentFile(b"EICAR")

    with pytest.raises(uploads.Infected):
        uploads.scan(file)

    assert (thread.seen, file.tell()) == ([b"EICAR"], 0)
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def test_lists_that_staff_import_are_scanned_too(db, clamd):
    clamd()
    staff = Client()
    programme = factories.ProgrammeFactory()
    staff.force_login(scenarios.administrator_of(programme))
    file = SimpleUploadedFile("list.csv", b"name\nEICAR\n")

    response = staff.post("/staff/programmes/organisation/import/", {"file": file})

    assert INFECTED in response.content.decode()
    assert ImportFile.objects.count() == 0
