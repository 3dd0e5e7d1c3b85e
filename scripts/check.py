"""Every check that needs no test: format, lint, types, import rules, templates, settings, migrations, locks,
known faults of packages.

All run, whatever fails before them; the failed ones are named at the end, and the exit code is then 1.
"""

import os
import re
import secrets
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from scripts import audit

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
PYTHON = sys.executable
# As an instance for real would have it: `check --deploy` judges these.
PRODUCTION = {
    "ENV_FILE": os.devnull,
    "DEBUG": "0",
    "DEMO": "0",
    "HTTPS": "1",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "cascade.example.org",
    "SITE_URL": "https://cascade.example.org",
    "DATABASE_URL": "sqlite://:memory:",
    "REDIS_URL": "",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}
COMMANDS: dict[str, list[Path | str]] = {
    "ruff (lint)": [PROGRAMS / "ruff", "check", "--quiet", "--output-format", "concise", "."],
    "ruff (format)": [PROGRAMS / "ruff", "format", "--check", "--quiet", "."],
    "mypy (types)": [PYTHON, "-m", "mypy", "--no-error-summary"],
    "import-linter (the house)": [PROGRAMS / "lint-imports", "--no-logo"],
    "djlint (public pages)": [
        PROGRAMS / "djlint",
        "--profile",
        "jinja",
        "--lint",
        "--quiet",
        "templates/pages",
    ],
    "djlint (staff pages, mails)": [
        *(
            PROGRAMS / "djlint",
            "--profile",
            "django",
            "--lint",
            "--quiet",
            "templates/staff",
            "templates/mail",
        ),
    ],
    "manage.py check --deploy": [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "migrations that stop nothing": [PYTHON, "-m", "scripts.migrations"],
    "manage.py makemigrations --check": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
}


def pinned(path: Path) -> dict[str, Version]:
    """Return the versions that a compiled requirements file pins, by canonical name."""
    lines = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", path.read_text(), re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in lines}


def faults_of_locks() -> list[str]:
    """Compare what pyproject.toml asks for with what is pinned; return a sentence for each fault."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run, dev = pinned(ROOT / "requirements.txt"), pinned(ROOT / "requirements-dev.txt")
    asked = [(text, run, "requirements.txt") for text in project["dependencies"]]
    more = project["optional-dependencies"]
    asked += [(text, dev, "requirements-dev.txt") for text in more["dev"]]
    watching = pinned(ROOT / "requirements-monitoring.txt")
    asked += [(text, watching, "requirements-monitoring.txt") for text in more["monitoring"]]
    faults = []
    for text, pins, name in asked:
        requirement = Requirement(text)
        version = pins.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            faults.append(
                f"{name} pins {requirement.name} {version}, pyproject.toml asks for {text}: make lock"
            )
    faults += [
        f"requirements-dev.txt pins {name} {dev.get(name)}, what runs has {version}: make lock"
        for name, version in {**run, **watching}.items()
        if dev.get(name) != version
    ]
    return faults


def faults_of_variables() -> list[str]:
    """Compare the variables that settings.py reads with those explained; return a sentence for each fault."""
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "config" / "settings.py").read_text()))
    explained = {
        ".env.example": set(
            re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
        ),
        "docs/running.md": set(
            re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "running.md").read_text(), re.MULTILINE)
        ),
    }
    return [
        f"{place} does not explain {name}"
        for place, known in explained.items()
        for name in sorted(read - known)
    ]


def run(name: str, command: list[Path | str]) -> bool:
    """Run one command, showing what it says only if it fails; return whether it passed."""
    started = time.monotonic()
    print(f"{name} ...", end=" ", flush=True)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **PRODUCTION},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print("failed" if done.returncode else "passed", f"({time.monotonic() - started:.0f} s)", flush=True)
    if done.returncode:
        print(done.stdout.rstrip(), "\n", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run every check; return 1 when one failed, else 0."""
    failed = [name for name, command in COMMANDS.items() if not run(name, command)]
    for name, faults in {
        "locks match pyproject.toml": faults_of_locks(),
        "variables are explained": faults_of_variables(),
    }.items():
        print(f"{name} ...", "failed" if faults else "passed", *faults, sep="\n  " if faults else " ")
        failed += [name] if faults else []
    failed += ["audit"] if audit.main() else []
    print(f"\nFailed: {', '.join(failed)}." if failed else "\nEvery check passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
