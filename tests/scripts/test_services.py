import signal
import subprocess
import sys

import psycopg2
import pytest
import redis

from scripts import services

SAY_AND_WAIT = "import os; print(os.environ['TEST_REDIS_URL'], flush=True); import time; time.sleep(60)"


@pytest.mark.postgres
def test_postgresql_answers_while_it_is_needed_and_no_longer():
    programs = services.find_postgresql()
    if programs is None:
        pytest.skip("The tests' PostgreSQL runs elsewhere; none is installed here.")

    with services.postgresql(programs) as address:
        connection = psycopg2.connect(address)
        cursor = connection.cursor()
        cursor.execute("SELECT current_database(), current_setting('listen_addresses')")
        answer = cursor.fetchone()
        connection.close()

    assert answer == ("cascade", "127.0.0.1")
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(address)


@pytest.mark.redis
def test_servers_stop_when_their_command_is_told_to_stop(monkeypatch):
    monkeypatch.delenv("TEST_REDIS_URL")
    command = [sys.executable, "-m", "scripts.services", sys.executable, "-c", SAY_AND_WAIT]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    address = running.stdout.readline().strip()
    server = redis.Redis.from_url(address)
    answered = server.ping()

    running.send_signal(signal.SIGTERM)
    code = running.wait(30)
    running.stdout.close()

    assert answered is True
    assert code == 128 + signal.SIGTERM
    with pytest.raises(redis.exceptions.ConnectionError):
        server.ping()
    server.close()


def test_a_server_that_does_not_start_is_told_with_its_own_words(tmp_path):
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho 'no room on this machine'\nexit 1\n")
    program.chmod(0o755)

    with pytest.raises(services.NotStarted, match="no room on this machine"), services.redis(program):
        pass


@pytest.mark.postgres
@pytest.mark.parametrize(("durable", "waits"), [(True, ("on", "on", "on")), (False, ("off", "off", "off"))])
def test_postgresql_waits_for_the_disk_only_where_it_is_to_be_durable(durable, waits):
    programs = services.find_postgresql()
    if programs is None:
        pytest.skip("The tests' PostgreSQL runs elsewhere; none is installed here.")

    with services.postgresql(programs, durable=durable) as address:
        connection = psycopg2.connect(address)
        cursor = connection.cursor()
        names = ("fsync", "synchronous_commit", "full_page_writes")
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
        answer = cursor.fetchone()
        connection.close()

    assert answer == waits
