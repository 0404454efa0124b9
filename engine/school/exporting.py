"""Writes the record of training as a table that a spreadsheet opens: a row for each answer."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable

from .marks import History

COLUMNS = (
    "trainee", "session", "case", "knowledge", "begun_utc", "finished_utc", "step", "item", "answer", "points", "points_of", "hints",
    "topics", "answered_utc",
)  # fmt: skip


def exported(histories: Iterable[History]) -> str:
    """Return the text of a CSV file: the trainees in the order given, a row an answer, a session without any left out.

    It begins with the mark by which spreadsheets know UTF-8. A cell that one would take for a formula begins with an apostrophe.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for history in histories:
        for session in history.sessions:
            for attempt in session.attempts:
                mark = attempt.mark
                texts = (history.name, str(session.number), session.case, session.knowledge, _time(session.begun), _time(session.finished))
                points = (str(mark.got), str(mark.of), str(mark.hints))
                row = (*texts, str(mark.step), mark.item, mark.answer, *points, " ".join(mark.topics), _time(attempt.at))
                writer.writerow([_guarded(cell) for cell in row])
    return "\ufeff" + file.getvalue()


def _guarded(cell: str) -> str:
    """Return a cell that no spreadsheet runs; their wide twins count in East Asian ones."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")) else cell


def _time(at: datetime.datetime | None) -> str:
    return at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S") if at else ""
