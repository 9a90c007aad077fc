"""The customer list: a CSV file with the columns name, also (other spellings, with semicolons) and steps."""

from __future__ import annotations

import csv
from pathlib import Path

from daemon.desk.urgency import SHORTEST_NAME, Customer, Customers

#: More steps than there are between the lowest and the highest priority say nothing more.
MOST_STEPS = 3


class CustomersRefused(Exception):
    """The customer file has mistakes, one a line."""


def read_customers(path: Path) -> Customers:
    """The customers in a file, or CustomersRefused with every mistake and its line."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            return Customers.of(_customers(path, csv.DictReader(file)))
    except FileNotFoundError as error:
        raise CustomersRefused(f"{path}: there is no such file; correct customers.file in the settings.") from error
    except UnicodeDecodeError as error:
        raise CustomersRefused(f"{path}: is not UTF-8 ({error.reason}); save it as UTF-8.") from error
    except (OSError, csv.Error) as error:
        raise CustomersRefused(f"{path}: cannot be read ({error}); mend it or correct customers.file.") from error


def _customers(path: Path, rows: csv.DictReader[str]) -> list[Customer]:
    if "name" not in (rows.fieldnames or ()):
        raise CustomersRefused(f"{path}:1: wants a column called name; the columns are {rows.fieldnames}.")
    found, mistakes = [], []
    for row in rows:
        name = " ".join((row.get("name") or "").split())
        spellings = [name, *(one.strip() for one in (row.get("also") or "").split(";") if one.strip())]
        short = next((one for one in spellings if len(one) < SHORTEST_NAME), None)
        steps = (row.get("steps") or "1").strip()
        if short is not None:
            mistakes.append(
                f"{path}:{rows.line_num}: {short!r} would be found in every other mail; give at least {SHORTEST_NAME} "
                "characters."
            )
        elif steps not in map(str, range(1, MOST_STEPS + 1)):
            mistakes.append(f"{path}:{rows.line_num}: steps wants 1 to {MOST_STEPS}; {steps!r} stands here.")
        else:
            found.append(Customer(name, tuple(spellings), int(steps)))
    if mistakes:
        raise CustomersRefused("\n".join(mistakes))
    return found
