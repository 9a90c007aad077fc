"""How many rows of a table have each value of a column."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def count_by(connection: sa.Connection, column: sa.Column[Any]) -> dict[str, int]:
    """Value -> number of rows, for the values that occur."""
    query = sa.select(column, sa.func.count()).group_by(column)
    return {row[0]: row[1] for row in connection.execute(query)}
