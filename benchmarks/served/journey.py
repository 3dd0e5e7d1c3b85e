"""One person's way from the programme's page to the page that says “submitted”, as a browser would ask for it."""

import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from benchmarks.served import client

Asked = Callable[[bytes], client.Answer]
# What is typed into a box, by the kind of the box or the beginning of its name.
TYPED = {"email": "{who}.{name}@example.org", "tel": "", "url": "https://example.org/", "numeric": "7"}
SENTENCE = "I have led such sessions with my team for three years and will go on."


@dataclass
class Form:
    """The boxes of a page's form, each with what it holds, or with what is chosen for it."""

    held: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    stands: list[tuple[str, str]] = field(default_factory=list)

    def as_it_stands(self) -> list[tuple[str, str]]:
        """What would be sent if nobody touched it."""
        return self.stands

    def filled(self, who: str) -> list[tuple[str, str]]:
        """What is sent: what stood there already, the first of each choice, and words for all the rest.

        Of the cohorts, which are put in an order, the second gets the second place.
        """
        fields = list(self.held.items())
        for number, (name, kind) in enumerate(self.boxes.items()):
            words = TYPED.get(kind, SENTENCE if kind == "textarea" else f"{who} {number}")
            fields.append((name, words.format(who=who, name=name)))
        rank = itertools.count()
        for name, answers in self.choices.items():
            which = next(rank) if name.startswith("cohort-") else 0
            fields.append((name, [*filter(None, answers), ""][which]))
        return fields


class _Reader(HTMLParser):
    """Finds the boxes of the form inside ``<main>``."""

    def __init__(self) -> None:
        super().__init__()
        self.form = Form()
        self._select = self._text_of = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name, kind, value = found.get("name", ""), found.get("type", "text"), found.get("value", "")
        self._inside = self._inside or tag == "main"
        if not self._inside:
            return
        ticked = kind not in ("radio", "checkbox") or "checked" in found
        if tag == "input" and name and ticked and kind not in ("file", "submit", "button"):
            self.form.stands.append((name, found.get("value", "on")))
        if tag == "select":
            self._select = name
            self.form.choices[name] = []
        elif tag == "option":
            self.form.choices[self._select].append(value)
            if "selected" in found:
                self.form.stands.append((self._select, value))
        elif tag == "textarea":
            self.form.boxes[name] = "textarea"
            self._text_of = name
            self.form.stands.append((name, ""))
        elif tag == "input" and kind in ("radio", "checkbox"):
            self.form.choices.setdefault(name, []).append(value)
        elif tag == "input" and kind == "hidden":
            self.form.held[name] = value
        elif tag == "input" and kind not in ("file", "submit"):
            self.form.boxes[name] = found.get("inputmode", kind)

    def handle_data(self, data: str) -> None:
        if self._text_of:
            name, before = self.form.stands[-1]
            self.form.stands[-1] = (name, before + data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "main"
        if tag == "textarea":
            self._text_of = ""


def form_of(page: bytes) -> Form:
    """The form of a page."""
    reader = _Reader()
    reader.feed(page.decode())
    return reader.form


def words_of(page: bytes) -> str:
    """What a page says, from its heading on."""
    main = page.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", "<main" + main).split())


@dataclass(frozen=True)
class Request:
    """One request that was made, and the status of its answer; ``fields`` is None where a page was opened."""

    path: str
    fields: list[tuple[str, str]] | None
    status: int


@dataclass
class Browser:
    """Keeps cookies, follows redirects, and remembers the requests that it made."""

    ask: Asked
    cookies: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def get(self, path: str) -> tuple[str, client.Answer]:
        """Open a page, and follow where it leads; returns the address it ended at, and the page."""
        return self._follow(path, None, client.get(path, self.cookie))

    def post(self, path: str, fields: list[tuple[str, str]]) -> tuple[str, client.Answer]:
        """Send a form, and follow where it leads."""
        return self._follow(path, fields, client.post(path, fields, self.cookie))

    @property
    def cookie(self) -> str:
        """What it sends of what it was given."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _follow(
        self, path: str, fields: list[tuple[str, str]] | None, request: bytes
    ) -> tuple[str, client.Answer]:
        answer = self.ask(request)
        self.requests.append(Request(path, fields, answer.status))
        self.cookies |= answer.cookies
        if answer.status in (301, 302, 303):
            return self.get(answer.location)
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}.")
        return path, answer


def link_of(email: str) -> str:
    """The link that was mailed to an address last, as a path; waits half a minute for it, and raises RuntimeError."""
    from programmes.domain import links
    from programmes.models import Link

    for _ in range(3000):
        link = Link.objects.filter(opens=Link.Opens.APPLICATION, sent_to=email).last()
        if link:
            return f"/my/{links.token_of(link)}/"
        time.sleep(0.01)
    raise RuntimeError(f"No link was made for {email}.")


def fill_in(browser: Browser, slug: str, who: str) -> tuple[str, client.Answer]:
    """Apply to the programme at an address, up to the page that submits; returns that page and its path.

    Raises RuntimeError where a step is not taken, with the words of the page.
    """
    browser.get(f"/programmes/{slug}/")
    path, page = browser.get(f"/programmes/{slug}/eligibility/")
    path, page = browser.post(path, form_of(page.body).filled(who))
    email = f"{who}@example.org"
    browser.post(path, [*form_of(page.body).held.items(), ("email", email)])
    home = link_of(email)
    browser.get(home)
    path, page = browser.get(f"{home}about/")
    for _ in range(8):
        before = path
        path, page = browser.post(path, form_of(page.body).filled(who))
        if path.endswith("/check/"):
            return path, page
        if path == before:
            raise RuntimeError(f"{path} took no answer: {words_of(page.body)}")
    raise RuntimeError(f"The steps did not end: {path}.")


def submit(browser: Browser, slug: str, who: str) -> str:
    """Apply to the programme at an address; returns that of the page that says it is done."""
    path, page = fill_in(browser, slug, who)
    path, page = browser.post(path, form_of(page.body).filled(who))
    if not path.endswith("/submitted/"):
        raise RuntimeError(f"{path} submitted nothing: {words_of(page.body)}")
    return path


@dataclass(frozen=True)
class Recording:
    """A submission that one person made, to be made again by others, without a page being read meanwhile."""

    who: str
    home: str
    cookie: str
    requests: list[Request]

    def of(self, who: str) -> "Submission":
        """The same as somebody else's, ready to be sent: what asks shares the machine with what answers."""
        made = []
        for request in self.requests:
            if request.fields is None:
                sent = client.get(request.path, self.cookie)
            else:
                named = [(name, value.replace(self.who, who)) for name, value in request.fields]
                sent = client.post(request.path, named, self.cookie)
            made.append((sent, request.status))
        return Submission(f"{who}@example.org", self.home.encode(), made)


@dataclass(frozen=True)
class Submission:
    """The requests of one person's submission, and the status of each answer; ``home`` stands for their link."""

    email: str
    home: bytes
    requests: list[tuple[bytes, int]]

    def make(self, ask: Asked) -> list[float]:
        """Send them; returns the seconds of each answer. Raises RuntimeError for another status."""
        home, spent = b"", []
        for request, status in self.requests:
            if self.home in request and not home:
                home = link_of(self.email).encode()
            sent = request.replace(self.home, home) if home else request
            started = time.perf_counter()
            answer = ask(sent)
            spent.append(time.perf_counter() - started)
            if answer.status != status:
                raise RuntimeError(f"{sent[:100]!r} was answered {answer.status}, not {status}.")
        return spent


def record(ask: Asked, slug: str, who: str) -> Recording:
    """Submit once, as a browser does."""
    browser = Browser(ask)
    home = submit(browser, slug, who).removesuffix("submitted/")
    return Recording(who, home, browser.cookie, browser.requests)
