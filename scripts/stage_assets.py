"""Copy what browsers need of nhsuk-frontend from ``node_modules/`` to ``static/nhsuk/``.

The style sheet names its pictures from the root of the site (``url(/assets/...)``); they are named from the
style sheet here, so that the portal may live below any address and whitenoise can give them hashed names.
The source maps come along, because the files name them: a hashed name is given only if all it names is there.
"""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules" / "nhsuk-frontend" / "dist" / "nhsuk"
TARGET = ROOT / "static" / "nhsuk"
FILES = (
    "nhsuk-frontend.min.css",
    "nhsuk-frontend.min.css.map",
    "nhsuk-frontend.min.js",
    "nhsuk-frontend.min.js.map",
)


def stage(source: Path, target: Path) -> None:
    """Put the assets of ``source`` at ``target``, which is replaced as a whole.

    Raises FileNotFoundError when ``source`` is not a built nhsuk-frontend.
    """
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source / "assets", unfinished / "assets")
    for name in FILES:
        shutil.copyfile(source / name, unfinished / name)
    styles = unfinished / "nhsuk-frontend.min.css"
    styles.write_text(
        styles.read_text(encoding="utf-8").replace("url(/assets/", "url(assets/"), encoding="utf-8"
    )
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)


if __name__ == "__main__":
    stage(SOURCE, TARGET)
