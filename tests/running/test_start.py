"""What the portal refuses to start with, and where its secrets come from."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
DEMO_KEY = "for-development-only-never-for-a-server"


def settings_with(monkeypatch, **values):
    """The settings as an instance with these variables would have them; None leaves one out."""
    for name, value in {"SECRET_KEY": "k" * 50, "DEBUG": "0", "DEMO": "0", **values}.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "config" / "settings.py"))


@pytest.mark.parametrize("key", [None, "", DEMO_KEY])
def test_it_does_not_start_with_no_key_or_the_demos(monkeypatch, key):
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY is not set\. Set it to a long random text"):
        settings_with(monkeypatch, SECRET_KEY=key)


def test_the_demos_key_is_for_developing_alone(monkeypatch):
    assert settings_with(monkeypatch, SECRET_KEY=None, DEBUG="1")["SECRET_KEY"] == DEMO_KEY


@pytest.mark.parametrize("command", [["manage.py", "check"], ["-c", "import config.wsgi"]])
def test_neither_commands_nor_the_web_start_with_the_demos_key(command):
    """For real: in a process of its own, as an operator would see it."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "SECRET_KEY": DEMO_KEY}

    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "SECRET_KEY is not set. Set it to a long random text (see .env.example)" in done.stderr


def test_the_second_step_at_sign_in_cannot_be_left_out_for_real(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="STAFF_TWO_FACTOR must be “required”"):
        settings_with(monkeypatch, STAFF_TWO_FACTOR="optional")


def test_mails_can_be_written_into_a_folder(monkeypatch):
    settings = settings_with(monkeypatch, EMAIL_URL="filemail:///var/spool/cascade%20mail")

    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert settings["EMAIL_FILE_PATH"] == "/var/spool/cascade mail"


def test_mails_need_a_folder_to_be_written_into(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL names no folder for mails"):
        settings_with(monkeypatch, EMAIL_URL="filemail://")


def test_every_secret_comes_from_the_environment(monkeypatch):
    settings = settings_with(
        monkeypatch,
        SECRET_KEY="key-from-outside",
        SECRET_KEY_FALLBACKS="older-key",
        LINK_KEYS="link-key",
        SECOND_STEP_KEYS="newer,older",
        DATABASE_URL="postgres://name:database-password@db.example.org:5432/x",
        REDIS_URL="redis://:redis-password@redis.example.org:6379/0",
        EMAIL_URL="smtp+tls://mailer:mail-password@smtp.example.org:587",
        METRICS_TOKEN="figures-token",
    )

    assert settings["SECRET_KEY"] == "key-from-outside"
    assert settings["SECRET_KEY_FALLBACKS"] == ["older-key"]
    assert settings["LINK_KEYS"] == ["link-key"]
    assert settings["SECOND_STEP_KEYS"] == ["newer", "older"]
    assert settings["DATABASES"]["default"]["PASSWORD"] == "database-password"
    assert settings["CELERY_BROKER_URL"] == "redis://:redis-password@redis.example.org:6379/0"
    assert settings["EMAIL_HOST_PASSWORD"] == "mail-password"
    assert settings["METRICS_TOKEN"] == "figures-token"


def test_without_the_environment_there_is_no_secret(monkeypatch):
    """Nothing in the code stands in for one that was not given."""
    names = (
        "SECRET_KEY_FALLBACKS",
        "LINK_KEYS",
        "SECOND_STEP_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "METRICS_TOKEN",
    )
    settings = settings_with(monkeypatch, **dict.fromkeys((*names, "SENTRY_DSN")))

    assert settings["LINK_KEYS"] == settings["SECOND_STEP_KEYS"] == [settings["SECRET_KEY"]] == ["k" * 50]
    assert not any(
        (
            settings["SECRET_KEY_FALLBACKS"],
            settings["DATABASES"]["default"]["PASSWORD"],
            settings["REDIS_URL"],
            settings.get("EMAIL_HOST_PASSWORD"),
            settings["METRICS_TOKEN"],
            settings["SENTRY_DSN"],
        )
    )


def test_the_file_to_copy_holds_no_secret():
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert {"SECRET_KEY=", "POSTGRES_PASSWORD=", "# METRICS_TOKEN=", "# SENTRY_DSN=", "# LINK_KEYS="} <= set(
        lines
    )


@pytest.mark.parametrize(
    ("variables", "kept"),
    [
        ({"DATABASE_URL": "postgres://me@db/it"}, True),
        ({"DATABASE_URL": "postgres://me@db/it", "CONN_MAX_AGE": "0"}, False),
        ({"DATABASE_URL": "postgres://me@db/it?disable_server_side_cursors=true"}, False),
        ({"DATABASE_URL": "sqlite://:memory:"}, False),
    ],
)
def test_plans_are_kept_by_connections_that_stay_and_are_the_portals_own(variables, kept, monkeypatch):
    assert settings_with(monkeypatch, **{"CONN_MAX_AGE": None, **variables})["KEEP_PLANS"] is kept
