"""Reads locks.yaml: the hash of every locked rule and the log of who changed one, when and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from ..problems import Place, Problem
from ..rules import Rule
from .forms import Form, filled, key_place, written_as
from .nodes import Node
from .terms import Date


class LogForm(Form):
    on: Date
    by: str
    reason: str
    rule: str
    to: str


class LocksForm(Form):
    rules: dict[str, Annotated[str, written_as("[0-9a-f]{64}", "a hash is recorded by `realms check --unlock`, never by hand")]] = {}
    log: tuple[LogForm, ...] = ()


@dataclass(frozen=True)
class Locks:
    """The hashes that locked rules must have, by id, with the place of each."""

    hashes: Mapping[str, str]
    places: Mapping[str, Place]
    log: tuple[LogForm, ...] = ()


LOCK = "K402"
"""The code of a locked rule that is not as recorded."""


def read_locks(node: Node | None, problems: list[Problem]) -> Locks:
    form = filled(LocksForm, node, problems, "the locks", "K401") if node else None
    if form is None or node is None:
        return Locks({}, {})
    return Locks(form.rules, {rule: key_place(node, ("rules", rule)) for rule in form.rules}, form.log)


def check_locks(locks: Locks, rules: Iterable[Rule], read: Iterable[str]) -> list[Problem]:
    """Return a problem for each locked rule that is new, differs from its recorded hash, is gone or no longer locked.

    `read` are the ids of all rules that stand in the files, those with mistakes included.
    """
    problems = []
    by_id = {rule.id: rule for rule in rules}

    def wrong(message: str, rule: str, *places: Place) -> None:
        help = f'if the change is meant: realms check --unlock {rule} --reason "..." --by NAME'
        problems.append(Problem(LOCK, message, places, help))

    for rule in by_id.values():
        if rule.locked and rule.id not in locks.hashes and rule.status != "retired":
            wrong(f"{rule.id} is locked, but its text was never recorded", rule.id, rule.place)
        elif rule.id in locks.hashes and rule.sha256 != locks.hashes[rule.id]:
            wrong(f"{rule.id} is locked and differs from what was recorded", rule.id, rule.place, locks.places[rule.id])
    for rule_id in locks.hashes:
        if rule_id not in by_id and rule_id not in set(read):
            wrong(f"{rule_id} is locked, and it is gone", rule_id, locks.places[rule_id])
    return problems
