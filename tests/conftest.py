"""What the tests share: the shipped knowledge, read once, and its cases."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings

import cli
from engine.advising import Consultation, consult
from engine.reading.cases import Case, Step, read_case
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import Base, read_base
from engine.rules import Knowledge

settings.register_profile("suite", deadline=None)  # a test says nothing of the clock: the machine may be busy
settings.load_profile("suite")
ROOT = Path(__file__).resolve().parent.parent
ON = date(2026, 12, 1)


def plain(text: str) -> str:
    """Return a page as one line, so that it may be laid out at any width."""
    return " ".join(text.split())


def git(folder: Path, *words: str, on: str = "2026-01-15T12:00:00+00:00") -> str:
    """Run git in a folder as somebody whose settings play no part, on a day."""
    named = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "N"), ("EMAIL", "n@example.org"))}
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env = {**clean, **named, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_DATE": on, "GIT_COMMITTER_DATE": on}
    return subprocess.run(["git", "-C", str(folder), *words], env=env, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def data(done: Result) -> Any:
    """Return what a command printed as JSON."""
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@cache
def shipped(shown: Path | None = Path("knowledge")) -> Base:
    """Return the rule base that ships, read once for all tests."""
    return read_base(ROOT / "knowledge", shown)


@pytest.fixture(scope="session", autouse=True)
def _store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands keep what they have read in a place of the tests, not of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REALMS_CACHE", str(tmp_path_factory.mktemp("store")))
        yield


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return shipped().usable()


@pytest.fixture(scope="session")
def cases(knowledge: Knowledge) -> list[Case]:
    return [read_case(path, knowledge) for path in sorted((ROOT / "cases").glob("*.yaml"))]


@pytest.fixture(scope="session")
def runs(cases: list[Case]) -> dict[str, Step]:
    """Every step and flip of every case, by name: projection-classroom, projection-classroom/A ..."""
    return {name: step for case in cases for name, step in case.runs()}


@pytest.fixture(scope="session")
def consultations(knowledge: Knowledge, runs: dict[str, Step]) -> Callable[[str], Consultation]:
    """Return each stored run worked out, once for all tests."""

    @cache
    def consultation(name: str) -> Consultation:
        return consult(knowledge, runs[name].dossier, runs[name].on)

    return consultation


@pytest.fixture(scope="session")
def advices(consultations: Callable[[str], Consultation]) -> Callable[[str], dict[str, Any]]:
    """Return the advice on each stored run as JSON has it, once for all tests: look, do not touch."""
    return cache(lambda name: consultations(name).as_json())


@pytest.fixture
def advise(knowledge: Knowledge, tmp_path: Path) -> Callable[..., Consultation]:
    """Advise on a dossier written in the test."""

    def advise(text: str, on: date = ON) -> Consultation:
        path = tmp_path / "deal.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        return consult(knowledge, read_dossier(path, knowledge.vocabulary), on)

    return advise


@pytest.fixture
def realms(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command as a person would, in this process; the rule base that ships is not read anew each time."""

    def read(folder: Path, shown: Path | None = None) -> Base:
        return shipped(shown) if folder == ROOT / "knowledge" else read_base(folder, shown)

    monkeypatch.setattr("engine.reading.knowledge.read_base", read)

    def realms(*words: str | Path) -> Result:
        return CliRunner().invoke(cli.realms, [str(word) for word in words])

    return realms
