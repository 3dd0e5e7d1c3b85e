"""Somebody in front of a browser: every page they come to is looked at, and their links come from their mails."""

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page

# A page says what it is, then whose it is.
TITLE = re.compile(r"(?P<what>\S.{4,}\S) (- Cascade|\| Cascade for academy staff)")
# Colours change gently: be there at once. What is folded away would never end its change by itself.
SETTLED = "document.getAnimations().forEach(animation => animation.finish())"
READ = """() => ({
    title: document.title,
    heads: Array.from(document.querySelectorAll('h1'), element => element.textContent.trim()),
    ids: Array.from(document.querySelectorAll('[id]'), element => element.id),
    wide: document.documentElement.scrollWidth,
})"""


def check_page(page: Page) -> None:
    """What holds for every page: a title that says something, one heading of the first rank, ids of their own, no
    scrolling to the side. What the browser itself complains of is noted by `conftest.Watch`.
    """
    # The heading is there before the style sheets are.
    page.wait_for_load_state("load")
    read = page.evaluate(READ)
    where = page.url
    title = TITLE.fullmatch(read["title"])
    assert title and not re.search(r"None|undefined|[{}]", title["what"]), (
        f"{where} has the title “{read['title']}”"
    )
    assert len(read["heads"]) == 1, f"{where} has the headings {read['heads']}"
    assert read["heads"][0], f"the heading of {where} is empty"
    assert sorted({one for one in read["ids"] if read["ids"].count(one) > 1}) == [], where
    assert page.viewport_size
    assert read["wide"] <= page.viewport_size["width"], f"{where} scrolls sideways: it is {read['wide']} wide"


def look_everywhere(page: Page, axe: Any) -> None:
    """Look at the page that is there in the width of a telephone, by day and, where it has such colours, by night."""
    assert page.viewport_size
    wide = page.viewport_size
    page.set_viewport_size({"width": 375, "height": 812})
    check_page(page)
    page.set_viewport_size(wide)
    check_page(page)
    axe(page)
    if "/staff/" in page.url:
        page.emulate_media(color_scheme="dark")
        page.evaluate(SETTLED)
        axe(page, only="color-contrast")
        page.emulate_media(color_scheme="light")
        page.evaluate(SETTLED)


@dataclass
class Visitor:
    """One person at one browser, with their own cookies and their own mailbox."""

    page: Page
    mailbox: Any
    address: str
    # The pages seen so far, by their path with tokens left out; each was in order.
    seen: list[str] = field(default_factory=list)

    def arrive(self) -> None:
        """Look at the page that is there now."""
        check_page(self.page)
        path = self.page.evaluate("location.pathname")
        self.seen.append(re.sub(r"[\w-]{43}", "<token>", path))

    def go(self, address: str) -> None:
        """Open an address, as by typing it or from a mail."""
        response = self.page.goto(address)
        assert response
        assert response.status == 200, f"{address}: {response.status}"
        self.arrive()

    def follow(self, text: str) -> None:
        """Press a link, or a button that is one."""
        self.leave(
            self.page.get_by_role("link", name=text).or_(self.page.get_by_role("button", name=text)).first
        )

    def press(self, text: str) -> None:
        """Press a button."""
        self.leave(self.page.get_by_role("button", name=text, exact=True))

    def leave(self, control: Locator) -> None:
        """Press what leads to another page, and look at that."""
        with self.page.expect_navigation() as leaving:
            control.click()
        response = leaving.value
        assert response.status == 200, f"{response.url}: {response.status}"
        self.arrive()

    def group(self, question: str) -> Locator:
        """The answers to a question of several controls."""
        return self.page.get_by_role("group", name=question)

    def choose(self, question: str, *answers: str) -> None:
        """Tick the answers to a question."""
        for answer in answers:
            self.group(question).get_by_label(answer, exact=True).check()

    def write(self, label: str, text: str) -> None:
        """Type into a box."""
        self.page.get_by_label(label, exact=True).fill(text)

    def reads(self, text: str) -> bool:
        """Whether a text stands on the page's main part, whatever the line breaks."""
        return " ".join(text.split()) in " ".join(self.page.locator("main").inner_text().split())

    def open_mailed_link(self, holding: str) -> None:
        """Open the link in the newest mail; ``holding`` is what tells it from the others in that mail."""
        self.go(self.mailbox.latest(self.address).link(holding))

    def subjects(self) -> list[str]:
        """What the mails to this person are about, oldest first."""
        return [mail.subject for mail in self.mailbox.to(self.address)]
