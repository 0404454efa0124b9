"""Reads cases: an opportunity told in dated steps, with what was expected and the flips that change the advice."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from ..facts import Dossier, merged
from ..problems import Place, Problem, Unusable, nearest, one_of
from ..rules import Knowledge
from .dossiers import dossier_of, sha256_of
from .forms import Form, filled, key_place, place_of, written_as
from .nodes import Mapping, Node, read_node, read_text
from .terms import Date


class ExpectForm(Form):
    decisions: dict[str, str] = {}
    fires: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class StepForm(Form):
    on: Date
    what: str
    facts: Any
    expect: ExpectForm = ExpectForm()


class FlipForm(Form):
    title: str
    facts: Any
    expect: ExpectForm = ExpectForm()


class CaseForm(Form):
    id: Annotated[str, written_as("[a-z0-9]+(-[a-z0-9]+)*", "an id is small words joined by -, as cheap-rival")]
    title: str
    told: str
    steps: Annotated[tuple[StepForm, ...], Field(min_length=1)]
    happened: str
    lesson: str
    contrast: str
    flips: dict[str, FlipForm] = {}


@dataclass(frozen=True)
class Expected:
    """What a case records of the advice: choices (None where none is to be named) and rules."""

    decisions: Map[str, str | None] = field(default_factory=dict)
    fires: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A point in time: all that was known then, and what was to be advised."""

    on: datetime.date
    what: str
    dossier: Dossier
    expected: Expected


@dataclass(frozen=True)
class Case:
    id: str
    title: str
    told: str
    steps: tuple[Step, ...]
    flips: Map[str, Step]
    happened: str
    lesson: str
    contrast: str
    place: Place

    def runs(self) -> list[tuple[str, Step]]:
        """Return every step and flip with its name: the case's id, with /1, /2 ... where it has several, or /flip."""
        many = len(self.steps) > 1
        steps = [(f"{self.id}/{n}" if many else self.id, step) for n, step in enumerate(self.steps, 1)]
        return steps + [(f"{self.id}/{name}", flip) for name, flip in self.flips.items()]


def is_case(node: Node | None) -> bool:
    return isinstance(node, Mapping) and any(node.get(key) for key in ("steps", "told", "flips"))


UNWRITTEN = "(to be written"
"""What a text of a case begins with until somebody writes it."""

NO_RULE = "C106"
"""The code of an expectation of a rule that the base does not have."""


def read_case(path: Path, knowledge: Knowledge, shown: str | None = None, forgiven: Collection[str] = (), story: bool = False) -> Case:
    """Return the case of a file, or (`story`) what happened in it without what it expects and without its flips.

    Raises Unusable with every problem in what is returned, those with a code in `forgiven` left out.
    """
    source = read_text(path, shown)
    node = read_node(source)
    if node is None:
        raise Unusable([Problem("C101", f"{source.file} is empty", (Place(source),))])
    problems: list[Problem] = []
    case = case_of(node, source.file, knowledge, problems, story)
    problems = [problem for problem in problems if problem.code not in forgiven]
    if case is None or problems:
        raise Unusable(problems)
    return case


def case_of(node: Node, file: str, knowledge: Knowledge, problems: list[Problem], story: bool = False) -> Case | None:
    """Return the case a node holds, None where its shape is wrong; what is wrong is added to `problems`."""
    form = filled(CaseForm, node, problems, "a case", "C102")
    if form is None:
        return None
    dossier = Dossier(file, (), title=form.title)
    steps = []
    for i, step in enumerate(form.steps):
        if i and step.on < form.steps[i - 1].on:
            problems.append(Problem("C103", "a step lies before the one above it", (place_of(node, ("steps", i, "on"))[0],)))
        at = place_of(node, ("steps", i, "facts"))[1]
        dossier = _laid_over(dossier, at, file, step.on, knowledge, problems)
        expected = Expected() if story else _expected(step.expect, node, ("steps", i, "expect"), knowledge, problems)
        steps.append(Step(step.on, step.what, dossier, expected))
    flips = {}
    for name, flip in () if story else form.flips.items():
        at = place_of(node, ("flips", name, "facts"))[1]
        changed = _laid_over(dossier, at, file, steps[-1].on, knowledge, problems)
        expected = _expected(flip.expect, node, ("flips", name, "expect"), knowledge, problems)
        changed = dataclasses.replace(changed, title=f"{form.title} ({name}: {flip.title})")
        flips[name] = Step(steps[-1].on, flip.title, changed, expected)
    return Case(form.id, form.title, form.told, tuple(steps), flips, form.happened, form.lesson, form.contrast, node.place)


def _laid_over(base: Dossier, node: Node, file: str, on: datetime.date, knowledge: Knowledge, problems: list[Problem]) -> Dossier:
    change = dossier_of(node, file, knowledge.vocabulary, problems, change=True)
    laid = merged(base, change, knowledge.vocabulary.lists)
    dated = dataclasses.replace(laid, as_of=change.as_of or on, title=base.title)
    return dataclasses.replace(dated, sha256=sha256_of(dated))


def _expected(form: ExpectForm, node: Node, path: tuple[int | str, ...], knowledge: Knowledge, problems: list[Problem]) -> Expected:
    decisions: dict[str, str | None] = {}
    known = {d.name: d for d in knowledge.decisions}
    for name, choice in form.decisions.items():
        place = place_of(node, (*path, "decisions", name))[0]
        if name not in known:
            place = key_place(node, (*path, "decisions", name))
            problems.append(Problem("C104", f"there is no decision {name!r}", (place,), one_of(name, known)))
        elif choice in known[name].options:
            decisions[name] = choice
        elif choice == "none":
            decisions[name] = None
        else:
            problems.append(Problem("C105", f"{choice!r} is no option of {name}", (place,), one_of(choice, [*known[name].options, "none"])))
    for key, rules in (("fires", form.fires), ("silent", form.silent)):
        for i, rule in enumerate(rules):
            if rule not in _rule_names(knowledge):
                place = place_of(node, (*path, key, i))[0]
                near = nearest(rule, _rule_names(knowledge))
                problems.append(Problem(NO_RULE, f"there is no rule {rule}", (place,), f"did you mean {near}?" if near else ""))
    return Expected(decisions, form.fires, form.silent)


@lru_cache(maxsize=8)
def _rule_names(knowledge: Knowledge) -> frozenset[str]:
    """Return what a case may call the rules: their ids, and of a split rule what its parts share."""
    return frozenset(knowledge.by_id) | {stem(rule_id) for rule_id in knowledge.by_id}


def stem(rule_id: str) -> str:
    """Return the id that the parts of a split rule share."""
    return rule_id.rstrip("abcdefghijklmnopqrstuvwxyz")


def readable_cases(folder: Path, knowledge: Knowledge, story: bool = False) -> list[Case]:
    """Return the cases of a folder, or (`story`) what happened in each; those with mistakes are left out (`check` names them)."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.append(read_case(path, knowledge, story=story))
        except Unusable:
            continue
    return found
