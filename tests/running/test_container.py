"""What the containers are made of and how they are started, read from their files: no engine is needed."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {"web", "worker", "beat", "migrate"}
RUNNING = (ROOT / "docs" / "running.md").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
LINES = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
SECRETS = re.compile(r"(?i)\b(secret|password|token|dsn)[a-z_]*\b\s*[=:]\s*(?!only-while-building)[^\s$,}]+")


def test_the_services_are_the_parts_that_running_names():
    assert set(SERVICES) == {*OURS, "database", "redis"}
    assert set(COMPOSE["volumes"]) == {"database", "media", "backups"}
    for part in ("web", "worker", "beat", "PostgreSQL 17", "Redis 7"):
        assert f"| {part} |" in RUNNING


def test_every_service_that_stays_says_how_it_is():
    """Web's check is the image's own; what runs once and ends has none."""
    checks = {name: one.get("healthcheck") for name, one in SERVICES.items()}

    assert checks["web"] is None and "HEALTHCHECK" in DOCKERFILE
    assert checks["migrate"] == {"disable": True}
    assert all(checks[name]["test"] for name in ("worker", "beat", "database", "redis"))


def test_nothing_is_started_before_what_it_needs():
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert SERVICES["migrate"]["restart"] == "no"


def test_ours_may_do_no_more_than_they_must():
    for name in OURS:
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in SERVICES[name]
    assert SERVICES["web"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["web"]


def test_images_are_named_with_a_release():
    images = [one["image"] for one in SERVICES.values()]
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    assert {name for name in images if ":" not in name or name.endswith(":latest")} == set()
    assert len(bases) == 3
    assert all(re.fullmatch(r"(node:\d+|python:3\.\d+-slim)-trixie(-slim)?", base) for base in bases)


def test_no_secret_stands_in_a_file():
    written = "\n".join([*LINES, (ROOT / "docker-compose.yml").read_text()])

    assert (
        SECRETS.findall(written.replace("POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it in .env}", "")) == []
    )
    assert ".env" in (ROOT / ".dockerignore").read_text().split()


def _documented(program: str) -> list[str]:
    """What running.md says to start one of our programs with, in the words of its own line."""
    return re.findall(rf"^\.venv/bin/({program} .+)$", RUNNING, re.MULTILINE)


def test_what_is_started_is_what_running_says():
    web = json.loads(re.findall(r"^CMD (\[.*\])", DOCKERFILE, re.MULTILINE)[-1])
    (gunicorn,) = _documented("gunicorn")
    worker, beat = _documented("celery")

    for part in ("gunicorn config.wsgi --config config/gunicorn.py", "--worker-class gthread --threads 4"):
        assert part in " ".join(web) and part in gunicorn
    assert SERVICES["worker"]["command"] == worker.split()
    assert SERVICES["beat"]["command"][:-1] == beat.split()[:-1]
    assert SERVICES["migrate"]["command"] == ["python", "manage.py", "migrate", "--noinput"]


def test_the_image_runs_as_nobody_in_particular_and_code_is_roots():
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.findall(r"^USER (\S+)", last, re.MULTILINE) == ["10001:10001"]
    assert "--chown" not in DOCKERFILE


def test_packages_are_installed_before_the_code_comes():
    """A change of the code alone must not install everything anew; and nothing is installed without its hash."""
    build = DOCKERFILE.split("\nFROM ")[2].splitlines()
    order = [line for line in build if line.startswith(("COPY", "RUN pip", "RUN npm"))]

    assert order.index("COPY requirements-monitoring.txt /tmp/requirements.txt") < order.index("COPY . .")
    assert [line for line in LINES if "pip install" in line and "--require-hashes" not in line] == []
    assert any("npm ci --ignore-scripts" in line for line in LINES)
    assert not re.search(r"^(ADD|RUN .*\b(curl|wget)\b)", DOCKERFILE, re.MULTILINE)


def test_backups_are_made_with_programs_of_the_servers_release():
    (release,) = re.findall(r"postgresql-client-(\d+)=", DOCKERFILE)

    assert SERVICES["database"]["image"].startswith(f"postgres:{release}-")


@pytest.mark.skipif(
    not shutil.which("hadolint"), reason="hadolint is not installed; the tests above stand alone"
)
def test_hadolint_finds_nothing():
    done = subprocess.run(["hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")
