"""What log lines may not hold: the tokens of emailed links."""

import logging
import re

# A token is 43 characters of base64url: the 32 bytes of an HMAC-SHA256.
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


class ScrubTokens(logging.Filter):
    """Replace every emailed-link token in a record by ``[link]``; the record itself always passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Take a record, return True; its message and arguments come out without tokens."""
        record.msg = _TOKEN.sub("[link]", record.getMessage())
        record.args = ()
        return True
