"""Write the bank holidays of England to the file that the portal reads them from: ``python -m scripts.bank_holidays``.

They are worked out by the package ``holidays``, which only developing needs: with it go two hundred other countries
and fifteen megabytes. A test compares the file with the package, so a newer one that knows of another day is noticed.
"""

from pathlib import Path

YEARS = range(2000, 2061)
TARGET = Path(__file__).resolve().parent.parent / "programmes" / "catalogue" / "bank-holidays.txt"


def written() -> str:
    """The text of the file: the days of a year in a line, as ``2026-12-25``."""
    import holidays

    days = sorted(holidays.country_holidays("GB", subdiv="ENG", years=YEARS))
    lines = (" ".join(day.isoformat() for day in days if day.year == year) for year in YEARS)
    return "".join(f"{line}\n" for line in lines)


def main(target: Path = TARGET) -> None:
    """Write the file anew."""
    target.write_text(written(), encoding="ascii")


if __name__ == "__main__":
    main()
