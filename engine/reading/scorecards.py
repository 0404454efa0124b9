"""Reads scorecards: CSV tables of factor, condition and points that a spreadsheet can edit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, permutations

from ..conditions import AnyOf, Condition, Pattern, Test
from ..problems import Place, Problem, Source, Unusable
from ..rules import Rule, Scorecard, ScoreRef, ScoreRow
from ..terms import Vocabulary
from .conditions import Reader
from .nodes import Sequence, read_node
from .terms import number

HEADER = ["factor", "condition", "points"]


def read_scorecard(name: str, source: Source, reader: Reader) -> Scorecard:
    """Return the scorecard; what is wrong is added to the reader's problems with the row and column of the cell."""
    before = len(reader.problems)
    factors: dict[str, list[ScoreRow]] = {}
    for line, cells in _table(source, reader):
        if row := _row(line, cells, source, reader):
            factors.setdefault(row.factor, []).append(row)
    if not factors and len(reader.problems) == before:
        reader.wrong("K256", "this scorecard has no rows", Place(source, 1, 1), "write a factor, a condition and points in each row")
    reader.problems += [problem for rows in factors.values() for problem in _idle(rows)]
    reader.problems += _alike(factors)
    return Scorecard(name, Place(source, 1, 1), tuple((factor, tuple(rows)) for factor, rows in factors.items()))


def _table(source: Source, reader: Reader) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header, each with its line; empty cells at their ends are left out."""
    table = csv.reader(io.StringIO(source.text, newline=""), delimiter=_delimiter(source))
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in table:
            rows.append((line, _filled(cells)))
            line = table.line_num + 1
    except csv.Error as error:
        reader.wrong("K246", f"this is no table of cells: {error}", Place(source, table.line_num, 1), "save it again as CSV, UTF-8")
        return
    if not rows or _words(rows[0][1]) != HEADER:
        reader.wrong("K241", "a scorecard starts with the header factor,condition,points", Place(source, 1, 1))
        return
    yield from (row for row in rows[1:] if row[1])


def _delimiter(source: Source) -> str:
    """Return what parts the cells: a comma, or what a spreadsheet put in its place."""
    return next((mark for mark in ",;\t" if _words(_filled(source.line(1).split(mark))) == HEADER), ",")


def _words(cells: list[str]) -> list[str]:
    return [cell.strip().strip('"').lower() for cell in cells]


def _filled(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _row(line: int, cells: list[str], source: Source, reader: Reader) -> ScoreRow | None:
    if len(cells) != len(HEADER):
        message = f"line {line} has {len(cells)} cells, not three"
        reader.wrong("K242", message, Place(source, line, 1), "quote a cell that holds commas" if len(cells) > len(HEADER) else "")
        return None
    factor, condition, points = (cell.strip() for cell in cells)
    places = [_cell(source, line, cells, i) for i in range(3)]
    value = number(points)
    if not factor:
        reader.wrong("K243", f"line {line} names no factor", places[0])
    if value is None or value < 0:
        reader.wrong("K244", f"{points!r} is no number of points", places[2], "write a number, 0 or more")
        return None
    parsed = _conditions(condition, places[1], reader)
    return ScoreRow(factor, parsed, value, places[1]) if parsed and factor else None


# --- rows that can never count


def _idle(rows: list[ScoreRow]) -> Iterator[Problem]:
    """Yield the rows of a factor that nobody can earn: those worth nothing, and those that another row covers."""
    for row in rows:
        if row.points == 0:
            help = "take it out: a factor of which no row holds earns nothing anyway"
            yield Problem("K257", f"a row of {row.factor!r} is worth nothing", (row.place,), help)
    for row, other in combinations(rows, 2):
        if row.condition == other.condition:
            yield Problem("K258", f"{row.factor!r} asks the same twice", (other.place, row.place), "keep one of the two rows")
    for row, other in permutations(rows, 2):
        if row.condition != other.condition and 0 < row.points <= other.points and _covers(other.condition, row.condition):
            message = f"this row of {row.factor!r} never counts: whenever it holds, another gives {other.points}"
            yield Problem("K259", message, (row.place, other.place), "give it more points, or take it out")


def _covers(wide: Iterable[Condition], narrow: tuple[Condition, ...]) -> bool:
    """Return whether `wide` plainly holds whenever `narrow` does."""
    return all(any(_follows_from(w, n) for n in narrow) for w in wide)


def _follows_from(wide: Condition, narrow: Condition) -> bool:
    if wide == narrow:
        return True
    if isinstance(wide, AnyOf):
        return any(_covers(choice, (narrow,)) for choice in wide.choices)
    if not isinstance(wide, Pattern) or not isinstance(narrow, Pattern) or wide.entity != narrow.entity:
        return False
    return all(any(_within(n, w) for n in narrow.tests) for w in wide.tests)


def _within(narrow: Test, wide: Test) -> bool:
    if narrow == wide:
        return True
    if narrow.attribute != wide.attribute or narrow.bounds or wide.bounds or narrow.negated or wide.negated:
        return False
    return set(narrow.options) <= set(wide.options) and narrow.or_unknown <= wide.or_unknown


def _alike(factors: Mapping[str, list[ScoreRow]]) -> Iterator[Problem]:
    """Yield the factors that are one, written in two ways."""
    for (one, rows), (other, others) in combinations(factors.items(), 2):
        if "".join(one.lower().split()) == "".join(other.lower().split()):
            help = "write the factor in the same way in each of its rows"
            yield Problem("K260", f"{one!r} and {other!r} count as two factors", (others[0].place, rows[0].place), help)


def check_totals(rules: Iterable[Rule], cards: Mapping[str, Scorecard], vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield the scorecards whose best points do not add up to the end of the number that they give."""
    for vote in (v for rule in rules for v in rule.votes if isinstance(v.option, ScoreRef) and v.option.card in cards):
        assert isinstance(vote.option, ScoreRef)
        card, held = cards[vote.option.card], vocabulary.attribute(*vote.target.key)
        if held and card.most != held.high:
            message = f"the best rows of {card.name} add up to {card.most}; {held.entity}.{held.name} goes to {held.high}"
            yield Problem("K261", message, (card.place, vote.place), f"give the factors {held.high} points in all")


def _conditions(text: str, place: Place, reader: Reader) -> tuple[Condition, ...]:
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
