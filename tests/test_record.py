"""The record of training keeps every answer, whoever else writes, whatever dies, and nothing of who is forgotten."""

from __future__ import annotations

import csv
import io
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

import cli
from engine.problems import Unusable
from engine.school.exporting import COLUMNS, exported
from engine.school.marks import HINTED, Mark
from engine.school.naming import LONGEST, name_key, trainee_name
from engine.school.recording import Record
from engine.school.storing import Form, Store

AT = datetime(2026, 12, 1, 9, 30, tzinfo=timezone.utc)
MARK = Mark(1, "verdict", "stop", 3, 12, 1, ("T", "run=stop"))

# What another terminal does: trains somebody on a case, so many answers, each named once it is kept.
ANOTHER = """
import sys, datetime, pathlib
from engine.school.marks import HINTED, Mark
from engine.school.recording import Record
path, name, case, first, many = sys.argv[1:]
at = datetime.datetime(2026, 12, 1, tzinfo=datetime.timezone.utc)
with Record(pathlib.Path(path)) as record:
    session = record.begin(name, case, "k", at)
    for step in range(int(first), int(first) + int(many)):
        record.answered(session, Mark(step, "verdict", "answer of " + name, 1, 1), at)
        print(step, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "training.sqlite"


@pytest.fixture
def record(path: Path) -> Iterator[Record]:
    with Record(path) as record:
        yield record


def another(path: Path, name: str, case: str, first: int, many: int, *, code: str = ANOTHER) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", code, str(path), name, case, str(first), str(many)]
    return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def refused(told: pytest.ExceptionInfo[Unusable]) -> str:
    (problem,) = told.value.problems
    assert problem.help and (problem.places or problem.code == "M101")
    return problem.code


# --- sessions


def test_an_interrupted_session_goes_on_where_it_was(path: Path) -> None:
    with Record(path) as record:
        session = record.begin("Ann", "pumps", "k1", AT)
        assert record.answered(session, MARK, AT)
    with Record(path) as record:
        assert record.begin("ann ", "pumps", "k1", AT + timedelta(days=3)) == session
        assert record.answers(session) == [MARK]
        (kept,) = record.history("ANN").sessions
        assert (kept.begun, kept.finished, kept.marks) == (AT, None, (MARK,))


def test_a_finished_session_another_case_and_other_knowledge_begin_anew(record: Record) -> None:
    session = record.begin("Ann", "pumps", "k1", AT)
    others = {record.begin("Ann", "valves", "k1", AT), record.begin("Ann", "pumps", "k2", AT), record.begin("Bea", "pumps", "k1", AT)}
    record.finish(session, AT)
    record.finish(session, AT + timedelta(days=1))
    assert record.history("Ann").sessions[0].finished == AT
    assert len({session, *others, record.begin("Ann", "pumps", "k1", AT)}) == 5


def test_an_answer_taken_back_is_replaced_by_the_next_one_where_it_was_given_and_nowhere_else(path: Path, record: Record) -> None:
    session = record.begin("Ann", "pumps", "k", AT)
    for answer in ("stop", "run"):
        assert record.answered(session, replace(MARK, answer=answer), AT)
    record.answered(session, Mark(2, "verdict", "run", 12, 12), AT)
    with Record(path) as resumed:
        assert [mark.answer for mark in resumed.answers(session)] == ["run", "run"]
        assert not resumed.answered(session, replace(MARK, answer="wait"), AT), "whoever sits here may have seen the solution elsewhere"
    assert record.answered(session, replace(MARK, answer="wait"), AT)
    assert sorted((mark.step, mark.answer) for mark in record.answers(session)) == [(1, "wait"), (2, "run")]


def test_what_was_only_hinted_at_is_answered_from_anywhere_and_no_hint_is_lost(path: Path, record: Record) -> None:
    session = record.begin("Ann", "pumps", "k", AT)
    assert record.answered(session, replace(MARK, answer=HINTED, got=0, hints=2), AT)
    with Record(path) as resumed:
        assert not resumed.answered(session, replace(MARK, hints=1), AT), "two hints were taken"
        assert resumed.answered(session, replace(MARK, hints=2), AT)
    assert not record.answered(session, replace(MARK, answer=HINTED, got=0, hints=3), AT)
    assert record.answers(session) == [replace(MARK, hints=2)]


def test_what_was_graded_once_is_not_answered_anew_from_anywhere(path: Path, record: Record) -> None:
    session = record.begin("Ann", "pumps", "k", AT)
    record.answered(session, MARK, AT)
    record.graded(session, 1)
    with Record(path) as other:
        for place in (record, other):
            assert not place.answered(session, replace(MARK, answer="run"), AT)
        assert other.answered(session, replace(MARK, step=2), AT)
    assert record.answers(session) == [MARK, replace(MARK, step=2)]


def test_only_what_was_graded_is_shown_of_a_session_that_goes_on(record: Record) -> None:
    session = record.begin("Ann", "pumps", "k", AT)
    for step in (1, 2):
        record.answered(session, replace(MARK, step=step), AT)
    assert record.history("Ann").shown.marks == ()
    record.graded(session, 1)
    record.graded(session, 0)
    assert [mark.step for mark in record.history("Ann").shown.marks] == [1]
    record.finish(session, AT)
    assert [mark.step for mark in record.history("Ann").shown.marks] == [1, 2]


def test_a_record_of_the_form_before_is_taken_over(path: Path) -> None:
    with Record(path) as record:
        for case, done in (("pumps", False), ("valves", True)):
            session = record.begin("Ann", case, "k", AT)
            for step in (1, 2):
                record.answered(session, replace(MARK, step=step), AT)
            if done:
                record.finish(session, AT)
    file = sqlite3.connect(path)
    file.executescript("ALTER TABLE session DROP COLUMN graded; PRAGMA user_version = 1")
    file.close()
    with Record(path) as record:
        shown = record.history("Ann").shown
    assert [[mark.step for mark in session.marks] for session in shown.sessions] == [[1], [1, 2]], "who is on a step has seen those before"


def test_an_answer_given_meanwhile_in_another_terminal_stays(path: Path, record: Record) -> None:
    session = record.begin("Ann", "pumps", "k", AT)
    with Record(path) as other:
        assert other.begin("Ann", "pumps", "k", AT) == session and other.answers(session) == []
        assert record.answered(session, MARK, AT)
        assert not other.answered(session, replace(MARK, answer="copied", got=12), AT)
        assert other.answered(session, replace(MARK, item="acts"), AT)
    assert record.answers(session) == [MARK, replace(MARK, item="acts")]


def test_any_text_is_kept_as_an_answer(record: Record) -> None:
    session = record.begin("Ann", "pumps", "k", AT)
    odd = ["", "it's; DROP TABLE mark --", "答案\n第二行", "nul\0nul", "half \udce4 letter"]
    for step, answer in enumerate(odd):
        record.answered(session, Mark(step, "verdict", answer, 0, 1), AT)
    assert [mark.answer for mark in record.answers(session)] == [*odd[:4], "half ? letter"]


def test_times_are_kept_as_moments_whatever_their_zone(record: Record) -> None:
    there = timezone(timedelta(hours=8))
    record.begin("Ann", "pumps", "k", datetime(2026, 12, 2, 7, 0, tzinfo=there))
    assert record.history("Ann").sessions[0].begun == datetime(2026, 12, 1, 23, 0, tzinfo=timezone.utc)
    with pytest.raises(ValueError, match="no zone"):
        record.begin("Ann", "pumps", "k", datetime(2026, 12, 2))


@pytest.mark.parametrize("points", [(2, 1), (-1, 1), (0, 0)])
def test_points_are_some_of_those_there_are(points: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no mark"):
        Mark(1, "verdict", "", *points)


# --- names


def test_a_name_is_the_same_in_any_case_and_is_shown_as_first_written(record: Record) -> None:
    record.begin("  Zoë Straße ", "pumps", "k", AT)
    for spelling in ("zoë STRASSE", "ZOE\u0308 straße"):
        record.begin(spelling, "pumps", "k", AT)
        assert record.known(spelling) == "Zoë Straße"
    assert [history.name for history in record.histories()] == ["Zoë Straße"]


@pytest.mark.parametrize("name", ["", "  ", "x" * (LONGEST + 1), "a\x1b[2Jb", "a\nb", "\u202egnirts", "half \udce4"])
def test_what_is_no_name_is_refused(record: Record, name: str) -> None:
    for call in (lambda: record.begin(name, "pumps", "k", AT), lambda: record.history(name), lambda: record.forget(name)):
        with pytest.raises(Unusable) as told:
            call()
        assert refused(told) == "M101"
    assert record.histories() == ()


@given(st.text(max_size=60))
def test_a_name_taken_once_is_taken_again_as_it_is(text: str) -> None:
    try:
        name = trainee_name(text)
    except Unusable:
        return
    assert trainee_name(name) == name and name_key(name_key(name)) == name_key(name)


def test_a_name_nobody_has_gets_the_nearest(record: Record) -> None:
    with pytest.raises(Unusable) as told:
        record.known("Ann")
    assert refused(told) == "M102"
    for name in ("Annette", "Bea"):
        record.begin(name, "pumps", "k", AT)
    for call in (record.known, record.forget):
        with pytest.raises(Unusable) as told:
            call("Anette")
        assert refused(told) == "M102" and "did you mean Annette?" in told.value.problems[0].help
    assert record.history("Anette").sessions == ()


# --- forgetting


@pytest.mark.parametrize("still_open", [True, False])
def test_nothing_of_a_forgotten_name_is_left_in_any_file(path: Path, still_open: bool) -> None:
    with Record(path) as record:
        for name in ("Quirinus", "Bea"):
            for case in range(6):
                session = record.begin(name, f"case-{case}", "k", AT)
                for step in range(10):
                    record.answered(session, Mark(step, "verdict", f"{name} says {'x' * 900}", 1, 1), AT)
        before = len(record.history("Bea").marks)
        assert b"Quirinus" in path.read_bytes()
        gone = record.forget("QUIRINUS")
        assert (gone.name, gone.sessions, gone.answers) == ("Quirinus", 6, 60)
        if not still_open:
            record.close()
        kept = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert b"quirinus" not in kept.lower() and b"Bea says" in kept
    with Record(path) as record:
        assert [history.name for history in record.histories()] == ["Bea"] and len(record.history("Bea").marks) == before == 60


def test_others_write_on_after_somebody_was_forgotten(path: Path, record: Record) -> None:
    record.begin("Ann", "pumps", "k", AT)
    with Record(path) as other:
        session = other.begin("Bea", "pumps", "k", AT)
        record.forget("Ann")
        assert other.answered(session, MARK, AT)
    assert record.answers(session) == [MARK]


def test_the_session_of_somebody_forgotten_is_gone_and_its_number_is_not_given_again(path: Path, record: Record) -> None:
    session = record.begin("Ann", "pumps", "k", AT)
    with Record(path) as other:
        other.forget("Ann")
        assert other.begin("Bea", "pumps", "k", AT) != session
    for call in (lambda: record.answered(session, MARK, AT), lambda: record.finish(session, AT)):
        with pytest.raises(Unusable) as told:
            call()
        assert refused(told) == "M110"
    assert record.history("Bea").marks == ()


# --- several terminals, and what dies


def test_two_terminals_at_once_lose_nothing(path: Path) -> None:
    with Record(path) as record:  # a third one reads on meanwhile
        terminals = [another(path, "Ann", "pumps", 0, 60), another(path, "Ann", "pumps", 60, 60), another(path, "Bea", "pumps", 0, 60)]
        while any(terminal.poll() is None for terminal in terminals):
            record.histories()
        assert [terminal.wait() for terminal in terminals] == [0, 0, 0]
        ann, bea = record.histories()
        assert len(ann.sessions) == len(bea.sessions) == 1
        assert sorted(mark.step for mark in ann.marks) == list(range(120)) and len(bea.marks) == 60
    for terminal in terminals:
        assert terminal.stdout
        terminal.stdout.close()


def test_terminals_that_begin_at_once_begin_one_record_and_one_session(path: Path) -> None:
    waiting = ANOTHER.replace("with Record", "input()\nwith Record")
    terminals = [another(path, "Ann", "pumps", step, 1, code=waiting) for step in range(6)]
    for terminal in terminals:
        assert terminal.stdin
        terminal.stdin.write("\n")
        terminal.stdin.flush()
    for terminal in terminals:
        terminal.communicate()
        assert terminal.returncode == 0
    with Record(path) as record:
        (session,) = record.history("Ann").sessions
        assert sorted(mark.step for mark in session.marks) == list(range(6))


def test_who_waits_while_another_makes_the_tables_does_not_make_them_again(tmp_path: Path) -> None:
    path, form = tmp_path / "file", Form(7, 1, ("CREATE TABLE mine (a)",))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(lambda: Store(path, form).close())
        time.sleep(0.3)
        for statement in (*form.tables, "INSERT INTO mine VALUES (1)", "PRAGMA application_id = 7", "PRAGMA user_version = 1", "COMMIT"):
            other.execute(statement)
        waiting.result()
    assert other.execute("SELECT * FROM mine").fetchall() == [(1,)]
    other.close()


def test_what_fails_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "file", Form(7, 1, ("CREATE TABLE mine (a)",)))

    def interrupted(lock: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        with lock() as file:
            file.execute("INSERT INTO mine VALUES (1)")
            raise KeyboardInterrupt

    for lock in (store.writing, store.erasing):
        with pytest.raises(KeyboardInterrupt):
            interrupted(lock)
        assert store.rows("SELECT * FROM mine") == []
    with store.writing() as file:
        file.execute("INSERT INTO mine VALUES (2)")
    assert store.rows("SELECT * FROM mine") == [(2,)]
    store.close()


@pytest.mark.skipif(os.name == "nt", reason="a process there is ended otherwise")
@pytest.mark.parametrize("after", [1, 7, 23])
def test_what_was_answered_before_the_program_died_is_there(path: Path, after: int) -> None:
    terminal = another(path, "Ann", "pumps", 0, 100_000)
    assert terminal.stdout
    seen = [int(terminal.stdout.readline()) for _ in range(after)]
    terminal.send_signal(signal.SIGKILL)
    seen += [int(line) for line in terminal.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    assert terminal.wait() == -signal.SIGKILL
    terminal.stdout.close()
    with Record(path) as record:
        kept = [mark.step for mark in record.history("Ann").marks]
        assert kept[: len(seen)] == seen and kept == list(range(len(kept)))
        assert record.answered(record.begin("Ann", "pumps", "k", AT), Mark(200_000, "verdict", "on", 1, 1), AT)
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.skipif(os.name == "nt", reason="a process there is ended otherwise")
def test_a_program_that_dies_in_the_middle_of_writing_costs_the_answer_in_hand(path: Path) -> None:
    with Record(path) as record:
        session = record.begin("Ann", "pumps", "k", AT)
        record.answered(session, MARK, AT)
    # the cache of one page forces what is written into the file before the end, so that it has to be taken back
    dying = """
import os, signal, sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("PRAGMA cache_size = 1")
file.execute("BEGIN IMMEDIATE")
for step in range(2, 500):
    file.execute("INSERT INTO mark (session, step, item, answer, got, of, hints, topics, at)"
                 " VALUES (1, ?, 'verdict', ?, 1, 1, 0, '[]', '2026-12-01T09:30:00+00:00')", (step, "x" * 500))
os.kill(os.getpid(), signal.SIGKILL)
"""
    terminal = another(path, "Ann", "pumps", 0, 0, code=dying)
    assert terminal.wait() == -signal.SIGKILL
    assert terminal.stdout
    terminal.stdout.close()
    assert path.stat().st_size > 100_000 and path.with_name(f"{path.name}-journal").exists()
    with Record(path) as record:
        assert record.answers(session) == [MARK]
        assert record.answered(session, Mark(2, "verdict", "on", 1, 1), AT)


# --- what cannot be read or written


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Whoever runs the tests as root gives up what root may do."""
    if os.name == "nt":
        pytest.skip("permissions there are other ones")
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that others may look into and not write in, with a record that Ann has begun."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Record(folder / "training.sqlite") as record:
            record.begin("Ann", "pumps", "k", AT)
        (folder / "training.sqlite").chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def test_a_record_that_may_only_be_read_is_read_and_not_written(closed_folder: Path, unprivileged: None) -> None:
    with Record(closed_folder / "training.sqlite") as record:
        assert record.known("ann") == "Ann"
        for call in (lambda: record.begin("Bea", "pumps", "k", AT), lambda: record.answered(1, MARK, AT), lambda: record.forget("Ann")):
            with pytest.raises(Unusable) as told:
                call()
            assert refused(told) == "M106"
        assert [history.name for history in record.histories()] == ["Ann"]


@pytest.mark.parametrize("where", ["new.sqlite", "below/new.sqlite"])
def test_a_folder_that_may_not_be_written_is_told(closed_folder: Path, unprivileged: None, where: str) -> None:
    with pytest.raises(Unusable) as told:
        Record(closed_folder / where)
    assert refused(told) == "M106"


def test_a_folder_in_the_place_of_the_file_and_a_file_in_that_of_the_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "training.sqlite"):
        with pytest.raises(Unusable) as told:
            Record(path)
        assert refused(told) == "M106"


def test_a_full_disk_is_told_and_what_was_kept_is_still_there(path: Path) -> None:
    with Record(path) as record:
        session = record.begin("Ann", "pumps", "k", AT)
        record._store._file.execute("PRAGMA max_page_count = 12")

        def many() -> None:
            for step in range(1000):
                record.answered(session, Mark(step, "verdict", "x" * 500, 1, 1), AT)

        with pytest.raises(Unusable) as told:
            many()
        assert refused(told) == "M108"
        kept = record.answers(session)
        assert kept and [mark.step for mark in kept] == list(range(len(kept)))


def test_a_record_that_another_program_holds_is_told(path: Path, record: Record) -> None:
    session = record.begin("Ann", "pumps", "k", AT)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    record._store._file.execute("PRAGMA busy_timeout = 50")
    for call in (lambda: record.answered(session, MARK, AT), lambda: record.forget("Ann")):
        with pytest.raises(Unusable) as told:
            call()
        assert refused(told) == "M107"
    other.close()
    assert record.answered(session, MARK, AT)


def test_what_is_no_record_is_left_as_it_is(tmp_path: Path) -> None:
    text, other = tmp_path / "text", tmp_path / "other"
    text.write_text("a letter that somebody wrote and saved under this name\n" * 20)
    with sqlite3.connect(other) as file:
        file.execute("CREATE TABLE mine (a)")
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(Unusable) as told:
            Record(path)
        assert refused(told) == "M104" and path.read_bytes() == before


def test_a_record_of_a_newer_program_is_left_as_it_is(path: Path) -> None:
    Record(path).close()
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 99")
    with pytest.raises(Unusable) as told:
        Record(path)
    assert refused(told) == "M105" and sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (99,)


def test_a_damaged_record_is_told(path: Path) -> None:
    with Record(path) as record:
        for case in range(30):
            record.begin("Ann", f"case-{case}", "k" * 500, AT)
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    path.write_bytes(raw)
    with Record(path) as record, pytest.raises(Unusable) as told:
        record.histories()
    assert refused(told) == "M109"


def test_who_only_looks_makes_no_file(path: Path) -> None:
    with pytest.raises(Unusable) as told:
        Record(path, new=False)
    assert refused(told) == "M103" and not path.parent.exists()


def test_the_record_lies_where_it_is_told_or_where_the_system_keeps_such_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.record_path(tmp_path) == tmp_path / "training.sqlite"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert "three-realms" in cli.record_path(None).parts


# --- for spreadsheets


def test_every_answer_is_a_row_and_no_cell_is_a_formula(record: Record) -> None:
    session = record.begin("=Ann", "pumps", "k", AT)
    for step, answer in enumerate(["=1+1", "+1", "-1", "@x", "\t=1", 'a, "b"\nc', "plain"]):
        record.answered(session, Mark(step, "verdict", answer, 1, 12, 0, ("T", "run=stop")), AT)
    record.begin("Bea", "pumps", "k", AT)
    text = exported(record.histories())
    assert text.encode("utf-8").startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert tuple(header) == COLUMNS
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["answer"] for row in found] == ["'=1+1", "'+1", "'-1", "'@x", "'\t=1", 'a, "b"\nc', "plain"]
    assert found[-1] == {
        "trainee": "'=Ann", "session": str(session), "case": "pumps", "knowledge": "k", "begun_utc": "2026-12-01 09:30:00",
        "finished_utc": "", "step": "6", "item": "verdict", "answer": "plain", "points": "1", "points_of": "12", "hints": "0",
        "topics": "T run=stop", "answered_utc": "2026-12-01 09:30:00",
    }  # fmt: skip


def test_other_commands_do_not_load_what_only_training_needs() -> None:
    code = "import cli, sys; sys.exit(bool({'fsrs', 'sqlite3', 'platformdirs'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
