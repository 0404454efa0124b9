"""Reads scorecards: CSV tables of factor, condition and points that a spreadsheet can edit."""

from __future__ import annotations

import csv
import io

from ..problems import Place, Problem, Source, Unusable
from ..rules import Scorecard, ScoreRow
from .conditions import Reader
from .nodes import Sequence, read_node
from .terms import number

HEADER = ["factor", "condition", "points"]


def read_scorecard(name: str, source: Source, reader: Reader) -> Scorecard:
    """Return the scorecard; what is wrong is added to the reader's problems with the row and column of the cell."""
    factors: dict[str, list[ScoreRow]] = {}
    table = csv.reader(io.StringIO(source.text, newline=""))
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in table:
            rows.append((line, cells))
            line = table.line_num + 1
    except csv.Error as error:
        reader.wrong("K246", f"this is no table of cells: {error}", Place(source, table.line_num, 1), "save it again as CSV, UTF-8")
        return Scorecard(name, Place(source), ())
    if not rows or [cell.strip() for cell in rows[0][1]] != HEADER:
        help = "save it with commas between the cells" if ";" in source.line(1) or "\t" in source.line(1) else ""
        reader.wrong("K241", "a scorecard starts with the header factor,condition,points", Place(source, 1, 1), help)
        return Scorecard(name, Place(source), ())
    for number_, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(HEADER):
            reader.wrong(
                "K242", f"line {number_} has {len(cells)} cells, not three", Place(source, number_, 1), "quote a cell that holds commas"
            )
            continue
        factor, condition, points = (cell.strip() for cell in cells)
        places = [_cell(source, number_, cells, i) for i in range(3)]
        value = number(points)
        if not factor:
            reader.wrong("K243", f"line {number_} names no factor", places[0])
        if value is None or value < 0:
            reader.wrong("K244", f"{points!r} is no number of points", places[2], "write a number, 0 or more")
            continue
        if parsed := _conditions(condition, places[1], reader):
            factors.setdefault(factor, []).append(ScoreRow(factor, parsed, value))
    return Scorecard(name, Place(source), tuple((factor, tuple(rows)) for factor, rows in factors.items()))


def _conditions(text: str, place: Place, reader: Reader) -> tuple:  # type: ignore[type-arg]
    """Read a cell as one condition of the rule language, or a list of them; every mistake is placed at the cell."""
    inner = Reader(reader.vocabulary, reader.figures, [])
    try:
        node = read_node(Source(place.source.file, text))
    except Unusable as error:
        inner.problems.extend(error.problems)
        node = None
    found = inner.conditions(node if isinstance(node, Sequence) or node is None else Sequence((node,), node.place), inner.scope())
    if node is None and not inner.problems:
        inner.wrong("K245", "the condition is empty", place)
    reader.problems.extend(Problem(p.code, p.message, (place,), p.help, p.severity) for p in inner.problems)
    return found if not inner.problems else ()


def _cell(source: Source, line: int, cells: list[str], index: int) -> Place:
    """Return the place of a cell in the first line of its row."""
    shown = source.line(line)
    column = shown.find(cells[index].strip().replace('"', '""')) if cells[index].strip() else -1
    width = len(cells[index].strip())
    return Place(source, line, column + 1 if column >= 0 else 1, max(width, 1))
