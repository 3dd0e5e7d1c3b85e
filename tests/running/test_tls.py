"""PostgreSQL, Redis and the mail server over TLS: spoken with whom the portal trusts, and with nobody else."""

import os
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme

from scripts import services
from tests.support import smtp

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

ROOT = Path(__file__).resolve().parents[2]
ASK_DATABASE = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    print(*cursor.fetchone())
"""
ASK_REDIS = """
from django.core.cache import cache
from django.utils import timezone
from config import health
from config.celery import app
cache.set("said", "over TLS", 60)
print(cache.get("said"))
with app.connection_for_write() as broker:
    broker.ensure_connection(max_retries=1)
    print(broker.transport.driver_type, broker.connected)
print(health.look(timezone.now(), ("broker",))["broker"]["says"])
"""


class Trust:
    """One authority that signed the servers' certificate, and one that the portal has never heard of."""

    def __init__(self, folder: Path) -> None:
        authority, other = trustme.CA(), trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        self.authority, self.other = folder / "authority.pem", folder / "other.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        other.cert_pem.write_to_path(str(self.other))
        self.certificate = services.Certificate(folder / "server.pem", folder / "server.key")
        issued.cert_chain_pems[0].write_to_path(str(self.certificate.chain))
        issued.private_key_pem.write_to_path(str(self.certificate.key))

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.certificate)
        return context


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    return Trust(tmp_path_factory.mktemp("certificates"))


def manage(*arguments, **environment):
    """What a command of the portal says, with these variables alone."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DEBUG": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def asked(code, variable, address, **how):
    """What a shell of the portal says to ``code``, with one server at this address, spoken with in this way."""
    return manage("shell", "--command", code, **{variable: f"{address}?{urlencode(how)}"})


def test_the_database_is_asked_over_tls_and_only_if_it_shows_who_it_is(trust):
    programs = services.find_postgresql()
    assert programs
    with services.postgresql(programs, certificate=trust.certificate) as address:
        trusted, unknown = (
            asked(ASK_DATABASE, "DATABASE_URL", address, sslmode="verify-full", sslrootcert=authority)
            for authority in (trust.authority, trust.other)
        )

    assert trusted.stdout.split()[-2:] == ["True", "TLSv1.3"], trusted.stderr
    assert unknown.returncode != 0
    assert "certificate verify failed" in unknown.stderr


def test_redis_is_asked_over_tls_and_only_if_it_shows_who_it_is(trust):
    program = services.find_redis()
    assert program
    with services.redis(program, certificate=trust.certificate) as address:
        trusted, unknown = (
            asked(ASK_REDIS, "REDIS_URL", address, ssl_cert_reqs="required", ssl_ca_certs=authority)
            for authority in (trust.authority, trust.other)
        )

    assert trusted.stdout.splitlines()[-3:] == ["over TLS", "redis True", "answers"], trusted.stderr
    assert unknown.returncode != 0
    assert "over TLS" not in unknown.stdout


def test_mail_is_handed_over_by_tls_and_only_to_a_server_that_shows_who_it_is(trust):
    with smtp.listening(tls=trust.context()) as sink:

        def sent(authority):
            where = {"EMAIL_URL": f"smtp+tls://127.0.0.1:{sink.port}", "SSL_CERT_FILE": str(authority)}
            return manage("sendtestemail", "sam@example.org", **where)

        unknown, trusted = sent(trust.other), sent(trust.authority)

    assert unknown.returncode != 0
    assert "certificate verify failed" in unknown.stderr
    assert trusted.returncode == 0, trusted.stderr
    assert [mail["To"] for mail in sink.mails] == ["sam@example.org"]
    assert sink.encrypted == 1
