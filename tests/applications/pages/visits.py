"""People who open emailed links, for tests of pages: what is opened, posted and read."""

import html
import re
from typing import Any

from django.test import Client
from django.urls import reverse

from applications.models import Application, Approval
from programmes.domain import links
from programmes.models import Link
from tests.factories import NOW


def token_of(target: Application | Approval) -> str:
    """The token of a fresh link to an application or an approval."""
    opens = Link.Opens.APPLICATION if isinstance(target, Application) else Link.Opens.APPROVAL
    return links.token_of(links.mint(opens, target.pk, sent_to=target.email, now=NOW))


class Visitor:
    """Somebody with a link to an application or an approval."""

    def __init__(self, target: Application | Approval) -> None:
        self.token = token_of(target)
        self.client = Client()

    def address(self, page: str, **parts: Any) -> str:
        return reverse(page, kwargs={"token": self.token, **parts})

    def get(self, page: str, **parts: Any) -> Any:
        return self.client.get(self.address(page, **parts))

    def post(self, page: str, data: dict[str, Any] | None = None, **parts: Any) -> Any:
        return self.client.post(self.address(page, **parts), data or {})


def read(response: Any) -> str:
    """What stands in the page's main part, as a person reads it."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    text = re.sub(r"<script.*?</script>|<[^>]+>", " ", main, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(text)).strip()


def errors(response: Any) -> list[str]:
    """What the error summary says, in order; the title must say that there is an error."""
    page = response.content.decode()
    summary = page.partition('class="nhsuk-error-summary"')[2].partition("</ul>")[0]
    found = re.findall(r"<li>(.*?)</li>", summary, flags=re.DOTALL)
    assert bool(found) == ("<title>Error: " in page)
    return [html.unescape(" ".join(re.sub(r"<[^>]+>", " ", one).split())) for one in found]


def goes_to(response: Any, visitor: Visitor, page: str, **parts: Any) -> bool:
    """Whether the answer sends the browser to another page of the same link."""
    assert response.status_code == 302
    return bool(response.headers["Location"] == visitor.address(page, **parts))
