"""A knowledge base is recalled as it was read, and only while every byte of it is as it was; what is kept is never run."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import ON, ROOT
from toy import toy_base

from engine import pages
from engine.advising import consult
from engine.caching import recalled_knowledge
from engine.problems import Unusable
from engine.reading import knowledge as reading
from engine.reading.cases import Step
from engine.rules import Knowledge


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "here"


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return toy_base(tmp_path / "base")


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From here on nothing may be read anew."""

    def refused(*_: Any) -> None:
        raise AssertionError("the base was read anew")

    return lambda: monkeypatch.setattr(reading, "read_base", refused)


def kept(store: Path) -> Path:
    (path,) = store.iterdir()
    return path


def again(folder: Path, store: Path) -> Knowledge:
    return recalled_knowledge(folder, folder, store)


def test_what_is_recalled_advises_as_what_was_read(
    store: Path, knowledge: Knowledge, runs: dict[str, Step], unread: Callable[[], None]
) -> None:
    folder = ROOT / "knowledge"
    recalled_knowledge(folder, folder, store)
    unread()
    found = recalled_knowledge(folder, folder, store)
    assert (found.rules, found.decisions, found.figures, found.sha256) == (
        knowledge.rules, knowledge.decisions, knowledge.figures, knowledge.sha256,
    )  # fmt: skip
    for step in list(runs.values())[::9]:
        one, other = (consult(base, step.dossier, step.on) for base in (knowledge, found))
        assert one.as_json() == other.as_json()
        assert pages.whole(one) == pages.whole(other)


def test_one_line_more_in_any_file_and_the_base_is_read_anew(tmp_path: Path, store: Path, unread: Callable[[], None]) -> None:
    folder = tmp_path / "base"
    shutil.copytree(ROOT / "knowledge", folder)
    again(folder, store)
    unread()
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".yaml", ".csv")]
    assert len(files) > 15
    for path in files:
        raw = path.read_bytes()
        path.write_bytes(raw + b"# and more\n")
        with pytest.raises(AssertionError, match="read anew"):
            again(folder, store)
        path.write_bytes(raw)
        assert again(folder, store).rules


def test_a_change_shows_at_once(toy: Path, store: Path) -> None:
    before = again(toy, store)
    path = toy / "rules" / "plant.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title: ", "title: Changed, ", 1), encoding="utf-8")
    assert again(toy, store).rules != before.rules
    path.write_text(text, encoding="utf-8")
    assert again(toy, store).rules == before.rules


def test_a_rule_file_more_or_less_shows_at_once(toy: Path, store: Path) -> None:
    before = again(toy, store)
    (toy / "rules" / "plant.yaml").rename(toy / "rules" / "other.yaml")
    assert {rule.place.source.file for rule in again(toy, store).rules} == {str(toy / "rules" / "other.yaml")}
    (toy / "rules" / "other.yaml").unlink()
    assert before.rules and not again(toy, store).rules


def test_locked_rules_stay_locked(tmp_path: Path, store: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(ROOT / "knowledge", folder)
    again(folder, store)
    path = folder / "rules" / "ethics.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title: ", "title: Not ", 1), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(Unusable, match="locked"):
            again(folder, store)


def test_a_base_with_mistakes_is_not_kept(toy: Path, store: Path) -> None:
    (toy / "figures.yaml").write_text("{", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(Unusable):
            again(toy, store)
    assert not store.exists()


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-1], lambda raw: raw[:40], lambda raw: b"", lambda raw: raw[:-9] + b"\xff" + raw[-8:]])
def test_a_damaged_file_is_read_past_and_replaced(toy: Path, store: Path, spoil: Callable[[bytes], bytes]) -> None:
    before = again(toy, store)
    whole = kept(store).read_bytes()
    kept(store).write_bytes(spoil(whole))
    assert again(toy, store).rules == before.rules
    assert kept(store).read_bytes()[:64] == whole[:64]


class Trap:
    """What a pickle may hold that runs when it is loaded by a program that does not look."""

    def __init__(self, calls: Any, *words: Any):
        self.calls, self.words = calls, words

    def __reduce__(self) -> Any:
        return (self.calls, self.words)


@pytest.mark.parametrize("calls", [os.mkdir, eval, getattr], ids=lambda calls: calls.__name__)
def test_nothing_that_is_kept_is_ever_run(calls: Any, toy: Path, store: Path, tmp_path: Path) -> None:
    before = again(toy, store)
    mark = tmp_path / "ran"
    words = {os.mkdir: (str(mark),), eval: (f"__import__('os').mkdir({str(mark)!r})",), getattr: (before, "rules")}[calls]
    body = pickle.dumps(Trap(calls, *words))
    key = kept(store).read_bytes()[:32]
    kept(store).write_bytes(key + hashlib.sha256(key + body).digest() + body)
    assert again(toy, store).rules == before.rules
    assert not mark.exists()
    assert body not in kept(store).read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="rights of other users as POSIX has them")
def test_a_file_that_others_may_write_is_not_trusted(toy: Path, store: Path, unread: Callable[[], None]) -> None:
    again(toy, store)
    assert store.stat().st_mode & 0o077 == 0
    kept(store).chmod(0o666)
    again(toy, store)
    assert kept(store).stat().st_mode & 0o022 == 0, "it was read anew, and kept in a file of its own"
    kept(store).chmod(0o666)
    unread()
    with pytest.raises(AssertionError, match="read anew"):
        again(toy, store)


def test_a_place_that_cannot_be_written_to_keeps_nothing(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert again(toy, tmp_path / "file").rules == again(toy, tmp_path / "file" / "below").rules
    assert (tmp_path / "file").read_text(encoding="utf-8") == ""


def test_without_a_place_nothing_is_kept(toy: Path) -> None:
    assert recalled_knowledge(toy, toy, None).rules


def test_messages_name_the_files_as_they_are_asked_for(toy: Path, store: Path, unread: Callable[[], None]) -> None:
    again(toy, store)
    unread()
    found = recalled_knowledge(toy, Path("elsewhere"), store)
    assert {rule.place.source.file for rule in found.rules} == {str(Path("elsewhere") / "rules" / "plant.yaml")}
    assert found.rules[0].place.source.line(found.rules[0].place.line).lstrip().startswith("- id:")


def test_many_at_once_leave_one_whole_file(toy: Path, store: Path, unread: Callable[[], None]) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: again(toy, store).rules, range(16)))
    assert all(rules == found[0] for rules in found)
    unread()
    assert kept(store) and again(toy, store).rules == found[0]


def test_a_dossier_is_worked_out_on_what_was_recalled(realms: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REALMS_CACHE", str(tmp_path / "kept"))
    words = ("advise", ROOT / "cases" / "projection-classroom.yaml", "--on", ON.isoformat(), "--all")
    first, second = realms(*words), realms(*words)
    monkeypatch.setenv("REALMS_CACHE", "")
    assert first.exit_code == 0 and first.output == second.output == realms(*words).output
    assert len(list((tmp_path / "kept").iterdir())) == 2, "the rule base, and the stored cases that it is set beside"
