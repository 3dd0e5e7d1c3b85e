"""Make the pictures of docs/screenshots/: a fresh demo, looked at in Chromium by a visitor and by the people in it."""

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from scripts import services
from tests.conftest import find_chromium

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
SECONDS_TO_START = 180
DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=375, height=812)


class People(NamedTuple):
    """Where the demo's sample people are: paths of emailed links, and a sign-in."""

    applicant: str
    approver: str
    reviewer: str
    password: str


def demo_environment(port: int, folder: str) -> dict[str, str]:
    """Return the variables of a demo of its own, as the Makefile has them for the real one."""
    return {
        **os.environ,
        "ENV_FILE": os.devnull,
        "DEMO": "1",
        "DEBUG": "1",
        "HTTPS": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "localhost",
        "PROXY_COUNT": "0",
        "REDIS_URL": "",
        "EMAIL_URL": "dummymail://",
        "SITE_URL": f"http://localhost:{port}",
        "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
        "MEDIA_ROOT": f"{folder}/media",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }


def wait_until_well(server: "subprocess.Popen[bytes]", site: str, log: Path) -> None:
    """Return once the demo answers; raises SystemExit, with what it said, when it ends or does not in time."""
    give_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{site}/readyz?for=pages", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    sys.exit(f"The demo did not start. It said:\n{log.read_text(errors='replace')[-2000:]}")


def find_people() -> People:
    """Find an applicant with an offer, an approver who is asked, and a reviewer, in the demo's database."""
    import django

    django.setup()
    from applications.models import Application, Approval
    from programmes.domain import links
    from programmes.management import samples
    from programmes.models import Link

    offered = Application.objects.filter(state="offered").values("pk")
    undecided = Approval.objects.filter(decided_at=None).values("pk")
    to_applicant = Link.objects.filter(
        revoked_at=None, opens=Link.Opens.APPLICATION, object_id__in=offered
    ).first()
    to_approver = Link.objects.filter(
        revoked_at=None, opens=Link.Opens.APPROVAL, object_id__in=undecided
    ).first()
    assert to_applicant
    assert to_approver
    return People(
        applicant=links.address_of(to_applicant),
        approver=links.address_of(to_approver),
        reviewer=next(one.username for one in samples.sign_ins() if one.role == "Reviewer"),
        password=samples.PASSWORD,
    )


def _programme(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile("Leadership Support Circles")).first.click()


def _staff(path: str) -> Callable[[Page, People], None]:
    def go(page: Page, people: People) -> None:
        page.goto(f"/staff/login/?next={path}")
        page.fill("[name=username]", people.reviewer)
        page.fill("[name=password]", people.password)
        page.click("[type=submit]")
        page.wait_for_url(f"**{path}")

    return go


def _open_one_to_review(page: Page, people: People) -> None:
    _staff("/staff/applications/application/")(page, people)
    to_review = page.locator("#result_list tbody tr", has_text="Under review")
    to_review.first.locator("th a").click()


# What each picture shows, and on which screen.
PICTURES: dict[str, tuple[ViewportSize, Callable[[Page, People], object]]] = {
    "home": (DESKTOP, lambda page, _: page.goto("/")),
    "home-on-a-phone": (PHONE, lambda page, _: page.goto("/")),
    "programme": (DESKTOP, lambda page, _: _programme(page)),
    "status": (DESKTOP, lambda page, people: page.goto(people.applicant)),
    "status-on-a-phone": (PHONE, lambda page, people: page.goto(people.applicant)),
    "approval": (DESKTOP, lambda page, people: page.goto(people.approver)),
    "mailbox": (DESKTOP, lambda page, _: page.goto("/dev/mailbox/")),
    "staff-applications": (DESKTOP, _staff("/staff/applications/application/")),
    "staff-application": (DESKTOP, _open_one_to_review),
}


def take(browser: Browser, site: str, people: People) -> None:
    """Take every picture, each with cookies of its own."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (screen, go) in PICTURES.items():
        context = browser.new_context(
            base_url=site, viewport=screen, locale="en-GB", timezone_id="Europe/London"
        )
        page = context.new_page()
        go(page, people)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}.png")
        context.close()
        print(f"docs/screenshots/{name}.png")


def main() -> None:
    """Start a demo on a free port with data of its own, take the pictures, and stop it."""
    services.stop_tidily_when_told_to()
    chromium = find_chromium() or sys.exit(
        "The pictures need Chromium: install it, or set CHROMIUM to its path."
    )
    port = services.free_port()
    site = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory(prefix="cascade-pictures-") as folder:
        environment = demo_environment(port, folder)
        os.environ.update(environment)
        command = [sys.executable, "manage.py", "demo", "--port", str(port)]
        log = Path(folder) / "demo.log"
        with log.open("wb") as output:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            wait_until_well(server, site, log)
            people = find_people()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                take(browser, site, people)
                browser.close()
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


if __name__ == "__main__":
    main()
