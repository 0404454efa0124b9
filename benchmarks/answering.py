"""What somebody waits for who asks back: why, why not, the next question, what would turn a decision."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import cli
from engine import pages
from engine.advising import Consultation, consult
from engine.facts import Dossier
from engine.flips import Flips
from engine.interview import keeping
from engine.interview.interviewing import Interview
from engine.obstacles import Obstacles
from engine.reading.cases import Case, read_case
from engine.reasons import Reasons

from . import ON, ROOT
from .generating import value_of
from .measuring import clock, environment, evenly, shipped

ANSWERS = 8
"""So many questions of each interview are answered."""
AIMS = {"advise": None, "why": 0.5, "whynot": 0.5, "next question": 0.5, "flips": 2.0}
"""Seconds that an answer may take; the start of the command has an aim of its own."""


@dataclass
class Waited:
    """The milliseconds that answers took, with what was asked."""

    within: list[tuple[float, str]] = field(default_factory=list)
    shell: list[tuple[float, str]] = field(default_factory=list)

    def row(self, what: str) -> dict[str, object]:
        worst, at = max(self.within)
        row: dict[str, object] = {
            "asked": what,
            "answers": len(self.within),
            "median": _middle(self.within),
            "worst": round(worst),
            "at": at,
        }
        if self.shell:
            row |= {"shell": len(self.shell), "shell median": _middle(self.shell), "shell worst": round(max(self.shell)[0])}
        aim = AIMS[what]
        return {**row, "aim": round(1000 * aim) if aim else None}


def _middle(found: list[tuple[float, str]]) -> int:
    return round(statistics.median(ms for ms, _ in found))


def chosen(number: int) -> list[tuple[Path, Case]]:
    """Return stored cases from the one with the fewest facts to the one with the most, evenly over those between."""
    cases = [(path, read_case(path, shipped())) for path in sorted((ROOT / "cases").glob("*.yaml"))]
    cases.sort(key=lambda entry: (_facts(entry[1].steps[-1].dossier), entry[1].id))
    return evenly(cases, number)


def _facts(dossier: Dossier) -> int:
    return sum(len(row.facts) for row in dossier.rows)


def waited(number: int) -> dict[str, Waited]:
    """Return what was waited for on so many cases, with the base read and from the shell."""
    found = {what: Waited() for what in AIMS}
    with tempfile.TemporaryDirectory() as store:
        # The base is kept before anything is timed, as it is for whoever has used the command once.
        _run(["vocabulary", "figures"], store)
        for path, case in chosen(number):
            dossier = case.steps[-1].dossier
            name = f"{case.id} ({_facts(dossier)} facts)"
            worked_out = consult(shipped(), dossier, ON)
            for what, subject, answer in _asked(worked_out):
                started = clock()
                answer(consult(shipped(), dossier, ON))
                found[what].within.append((1000 * (clock() - started), f"{name} {subject}".rstrip()))
            found["next question"].within += [(ms, f"{name} {fact}") for ms, fact in _interviewed(case)]
            for what, words in _commands(path, worked_out, Path(store)):
                started = clock()
                _run(words, store)
                found[what].shell.append((1000 * (clock() - started), name))
    return found


def _run(words: list[str], store: str) -> None:
    command = [sys.executable, "cli.py", *words]
    subprocess.run(command, cwd=ROOT, env=environment(store), check=True, capture_output=True, input=b"quit\n")


Answer = Callable[[Consultation], object]


def _asked(worked_out: Consultation) -> Iterator[tuple[str, str, Answer]]:
    """Yield what is asked of a case: kind, subject, and how it is answered, to the text that is printed."""
    yield "advise", "", lambda c: cli.text(pages.first_screen(c, ""))
    yield "flips", "", lambda c: cli.text(Flips(c, "").page().blocks)
    for decision in shipped().decisions:
        choice = worked_out.showing.shown(decision)
        if not decision.derived and choice is not None:
            yield "why", decision.name, lambda c, word=decision.name: cli.text(Reasons(c.report(labels=True), "").page(word).blocks)
        for option in decision.options if decision.main or decision.headline else ():
            if choice != option:
                word = f"{decision.name}={option}"
                yield "whynot", word, lambda c, word=word: cli.text(Obstacles(c.report(labels=True), "").page(word).blocks)


def _interviewed(case: Case) -> Iterator[tuple[float, str]]:
    """Yield how long the next question took after each answer of an interview about the case as it stood at first."""
    chance = Random(case.id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deal.yaml"
        path.write_text(_written(case.steps[0].dossier), encoding="utf-8")
        interview = Interview(shipped(), keeping.opened(path, shipped().vocabulary), ON)
        interview.start()
        for _ in range(ANSWERS):
            if (asked := interview.asked) is None:
                return
            known = asked.attribute is None or asked.value is not None
            said = ("1" if asked.value is not None else "none") if known else str(value_of(asked.attribute, chance))
            started = clock()
            cli.text(interview.hear(said))
            yield 1000 * (clock() - started), asked.fact


def _written(dossier: Dossier) -> str:
    """Return a dossier as a file."""
    lists: dict[str, list[str]] = {}
    for row in dossier.rows:
        entity = shipped().vocabulary.entities[row.entity]
        facts = [f'name: "{row.name}"'] * bool(row.name) + [f"{name}: {fact.value}" for name, fact in row.facts.items()]
        lists.setdefault(entity.many or entity.name, []).append(f"{'- ' * bool(entity.many)}{{{', '.join(facts)}}}")
    return "".join(f"{name}:\n" + "".join(f"  {row}\n" for row in rows) for name, rows in lists.items())


def _commands(path: Path, worked_out: Consultation, folder: Path) -> Iterator[tuple[str, list[str]]]:
    main = shipped().main
    assert main is not None
    other = next(option for option in main.options if option != worked_out.showing.shown(main))
    file = str(path.relative_to(ROOT))
    yield "advise", ["advise", file]
    yield "why", ["why", file, main.name]
    yield "whynot", ["whynot", file, f"{main.name}={other}"]
    yield "flips", ["whatif", file]
    deal = folder / "deal.yaml"
    deal.write_text(_written(worked_out.dossier), encoding="utf-8")
    yield "next question", ["consult", str(deal)]
