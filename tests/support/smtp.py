"""A small mail server for tests: it keeps what it is sent, and refuses or keeps silent when told to."""

import contextlib
import email
import email.policy
import re
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage


class _Conversation(socketserver.StreamRequestHandler):
    server: "Sink"

    def handle(self) -> None:
        if self.server.silent:
            self.server.closing.wait(30)
            return
        # A caller may be killed in the middle of it, or not trust our certificate.
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            self._talk()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _talk(self) -> None:
        """What is said with a caller."""
        self._say("220 sink")
        while line := self.rfile.readline():
            command = line.decode().strip()
            if command.upper() == "QUIT":
                self._say("221 bye")
                return
            if self.server.tls and command.upper().startswith("EHLO"):
                self._say("250-sink\r\n250 STARTTLS")
            elif self.server.tls and command.upper() == "STARTTLS":
                self._say("220 go on")
                self._encrypt(self.server.tls)
            elif answer := self.server.answer_to(command):
                self._say(answer)
            elif command.upper() == "DATA":
                self._say("354 go on")
                self._take()
            else:
                self._say("250 ok")

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self.request = context.wrap_socket(self.request, server_side=True)
        self.setup()
        self.server.encrypted += 1

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _take(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        raw = b"".join(line[1:] if line.startswith(b"..") else line for line in lines)
        refusal = self.server.answer_to("END")
        with self.server.lock:
            self.server.raw.append(raw)
            if refusal is None:
                self.server.kept.append(raw)
        self.server.closing.wait(self.server.delay)
        self._say(refusal or "250 kept")


class Sink(socketserver.ThreadingTCPServer):
    """``answers`` maps the beginning of a command to a reply other than yes; END is the end of a mail's text.

    With ``tls`` a caller can have what is said encrypted; ``encrypted`` counts those who did. ``delay`` is how many
    seconds the server thinks about each mail's text. What is set is changed while it listens.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self,
        answers: dict[str, str] | None = None,
        *,
        silent: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.tls = tls
        self.encrypted = 0
        self.answers = answers or {}
        self.silent = silent
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.delay = 0.0
        self.raw: list[bytes] = []
        self.kept: list[bytes] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def answer_to(self, command: str) -> str | None:
        """The reply to a command, where it is not yes."""
        return next(
            (reply for start, reply in self.answers.items() if command.upper().startswith(start.upper())),
            None,
        )

    @property
    def mails(self) -> list[EmailMessage]:
        """What was read, in the order of arrival, refused or not."""
        texts = [raw.replace(b"\r\n", b"\n") for raw in self.raw]
        return [email.message_from_bytes(text, policy=email.policy.default) for text in texts]  # type: ignore[misc]

    def arrived(self) -> Counter[str]:
        """How often each mail was taken, by its Message-ID."""
        with self.lock:
            texts = list(self.kept)
        return Counter(re.findall(rb"^Message-ID: (\S+)", text, re.MULTILINE)[0].decode() for text in texts)


@contextlib.contextmanager
def listening(
    answers: dict[str, str] | None = None, *, silent: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[Sink]:
    """A mail server on a free port of this machine, until the block ends."""
    with Sink(answers, silent=silent, tls=tls) as sink:
        thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield sink
        finally:
            sink.closing.set()
            sink.shutdown()
            thread.join()


def use(settings, sink: Sink, *, timeout: float = 5) -> None:
    """Send the portal's mail to ``sink`` for the rest of the test; ``settings`` is pytest-django's."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = sink.port
    settings.EMAIL_TIMEOUT = timeout
