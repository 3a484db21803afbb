"""Tables as files: ``tables/<name>.csv``, whole, whatever the page shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from brodmann.lab.files import write_csv
from brodmann.report.cells import column_texts, is_number, plain
from brodmann.report.findings import Cell, Finding, Table
from brodmann.report.names import stems


def columns_of(table: Table) -> list[str]:
    """The columns: those of the first row, then any that later rows add.

    Example:
        >>> columns_of(Table("t", "", "", [{"a": 1}, {"b": 2, "a": 3}]))
        ['a', 'b']
    """
    return list(dict.fromkeys(key for row in table.rows for key in row))


def numeric_columns(table: Table) -> set[str]:
    """The columns that hold numbers and no texts.

    Example:
        >>> numeric_columns(Table("t", "", "", [{"a": None, "b": "x"}, {"a": 2, "b": 1}]))
        {'a'}
    """
    cells = [(key, value) for row in table.rows for key, value in row.items()]
    numbers = {key for key, value in cells if is_number(value)}
    return numbers - {key for key, value in cells if isinstance(value, str)}


def shown_rows(table: Table) -> list[dict[str, str]]:
    """The rows that the page shows, as texts.

    Example:
        >>> shown_rows(Table("t", "", "", [{"a": 1e-4}, {"a": 0.5}]))
        [{'a': '< 0.001'}, {'a': '0.500'}]
    """
    names, rows = columns_of(table), table.rows[: table.shown]
    columns = [column_texts([row.get(name) for row in rows]) for name in names]
    return [dict(zip(names, texts, strict=True)) for texts in zip(*columns, strict=True)]


def write_tables(tables: Sequence[Table], folder: Path) -> list[Path]:
    """Write every table.

    Args:
        tables: Names must differ.
        folder: The study's folder; ``tables`` is made in it.

    Returns:
        The files, in order.

    Raises:
        RunError: Two tables have one name, or the disk is full.
    """
    target = folder / "tables"
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for table, name in zip(tables, stems([t.name for t in tables]), strict=True):
        path = target / f"{name}.csv"
        write_csv(path, [{plain(k): _storable(v) for k, v in row.items()} for row in table.rows])
        written.append(path)
    return written


def all_tables(findings: Sequence[Finding]) -> list[Table]:
    """The tables of all chapters, in order."""
    return [table for finding in findings for table in finding.tables]


def _storable(value: Cell) -> Cell:
    return plain(value) if isinstance(value, str) else value
