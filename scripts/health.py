"""Whether this container is well: the exit code is 0 when it is.

python scripts/health.py web     # pages can be answered: /readyz?for=pages says 200
python scripts/health.py beat    # the clock has written its times in the last ten minutes
"""

import http.client
import os
import sys
import time
from pathlib import Path

# Where the web server listens inside its container.
PORT = 8000
# Celery's beat writes its file every three minutes.
BEAT_FILES = Path(__file__).resolve().parent.parent / "var" / "beat"
BEAT_SECONDS = 600


def web_answers() -> bool:
    """Ask the web server beside us for /readyz, by a name that it is allowed to answer to."""
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=4)
    try:
        connection.request(
            "GET", "/readyz?for=pages", headers={"Host": name if name not in ("", "*") else "localhost"}
        )
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def beat_is_beating() -> bool:
    """See whether the file of beat's times is fresh; which ending it has depends on the machine's dbm."""
    written = [path.stat().st_mtime for path in BEAT_FILES.glob("schedule*")]
    return bool(written) and time.time() - max(written) < BEAT_SECONDS


if __name__ == "__main__":
    well = {"web": web_answers, "beat": beat_is_beating}
    sys.exit(0 if well[sys.argv[1]]() else 1)
