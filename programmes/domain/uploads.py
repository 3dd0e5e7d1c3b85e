"""Files that people send: of the kind their name says, by what is in them, and looked at for viruses.

A kind is believed by its content alone. The scanner is ClamAV's ``clamd``, asked over its socket where ``CLAMD_URL``
names one; a file that it finds bad, or of which it says nothing, is not taken.
"""

from __future__ import annotations

import logging
import socket
import struct
import zipfile
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.base import File

from programmes.domain.refused import Refused

logger = logging.getLogger(__name__)

# What a file of each kind begins with, whatever its name says.
BEGINNINGS = {
    "pdf": b"%PDF-",
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "docx": b"PK\x03\x04",
    "odt": b"PK\x03\x04",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
}
# What must be in an archive that is a document; any archive begins alike.
_PARTS = {"docx": {"[Content_Types].xml", "word/document.xml"}, "odt": {"mimetype", "content.xml"}}
# Seconds for each word with the scanner. A page waits for it.
_PATIENCE = 10
_CHUNK = 64 * 1024
_PORT = 3310


class Infected(Refused):
    """The scanner found a virus in the file."""


class NotScanned(Refused):
    """The scanner did not answer, or could not tell."""


def is_what_it_says(file: File[Any], kind: str) -> bool:
    """Whether the content of a file is that of its kind, one of `BEGINNINGS`."""
    file.seek(0)
    beginning = file.read(16)
    file.seek(0)
    if not beginning.startswith(BEGINNINGS[kind]):
        return False
    if kind not in _PARTS:
        return True
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return False
    finally:
        file.seek(0)
    # A program inside a document is never needed to read it.
    return _PARTS[kind] <= names and not any(name.endswith("vbaProject.bin") for name in names)


def scan(file: File[Any]) -> None:
    """Have a file looked at from its start, where a scanner is set. Raises `Infected` or `NotScanned`.

    Which virus it is stands in the log and not on the page: it helps nobody but the sender of one.
    """
    address = settings.CLAMD_URL
    if not address:
        return
    file.seek(0)
    try:
        with _open(address) as connection:
            connection.sendall(b"zINSTREAM\0")
            for chunk in file.chunks(_CHUNK):
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
            answer = _answer(connection)
    except OSError:
        logger.exception("The scanner of uploaded files does not answer.")
        answer = ""
    finally:
        file.seek(0)
    if answer.endswith(" FOUND"):
        logger.warning("The scanner refused a file: %s", answer)
        raise Infected(
            "The scanner for viruses found something in this file. Nothing of it is kept: choose another file"
        )
    if answer != "stream: OK":
        raise NotScanned("We could not check this file for viruses. Nothing of it is kept: try again later")


def _open(address: str) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_PATIENCE)
        try:
            connection.connect(parts.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((parts.hostname or "localhost", parts.port or _PORT), timeout=_PATIENCE)


def _answer(connection: socket.socket) -> str:
    """What the scanner says, up to its closing zero; never more than a line's worth."""
    said = b""
    while not said.endswith(b"\0") and len(said) < 1024:
        more = connection.recv(1024)
        if not more:
            break
        said += more
    return said.rstrip(b"\0\n").decode("utf-8", "replace")
