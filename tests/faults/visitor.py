"""A person with a browser, for portals in another process: cookies, forms, and the page that says to try again."""

import html
import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', re.DOTALL)


class _Stays(urllib.request.HTTPRedirectHandler):
    """Reads where a page leads, and does not go there."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    """A page as it came; ``status`` is 0 where nobody answered. ``url`` is where it led where nobody went there."""

    status: int
    url: str
    text: str

    @property
    def token(self) -> str:
        """What the page's first form proves itself by."""
        return re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.text)[0]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the page's form sends without being asked."""
        found = FIELD.findall(self.text)
        return [(html.unescape(name), html.unescape(value)) for name, value in found]


class Visitor:
    """Somebody at one address of the portal, who goes where a page leads, or reads the first answer alone."""

    def __init__(self, port: int, *, follows: bool = True) -> None:
        self.site = f"http://127.0.0.1:{port}"
        jar = http.cookiejar.CookieJar()
        handlers = [urllib.request.HTTPCookieProcessor(jar), *([] if follows else [_Stays()])]
        self.opener = urllib.request.build_opener(*handlers)

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._ask(urllib.request.Request(self.site + path))

    def post(self, path: str, fields: list[tuple[str, str]]) -> Answer:
        """Send a form, and follow where it leads."""
        body = urllib.parse.urlencode(fields).encode()
        return self._ask(urllib.request.Request(self.site + path, data=body))

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self.opener.open(request, timeout=60) as page:
                return Answer(page.status, page.url, page.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers.get("Location", error.url), error.read().decode())
        except OSError as error:
            return Answer(0, request.full_url, repr(error))
