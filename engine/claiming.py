"""What rules say of the stored cases, in which they fire and in which they are silent, and whether it is so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .inferring import fired, inferred
from .problems import Place, Problem, one_of
from .reading.cases import Step
from .reading.forms import place_of
from .reading.nodes import Mapping as Map
from .reading.nodes import Scalar, Sequence, read_node
from .rules import Knowledge, Rule
from .showing import Showing
from .world import world_of


class Claim(NamedTuple):
    """That a rule `fires` in a run, a step or flip of a case, or is `silent` there."""

    rule: Rule
    what: str
    run: str


def claims(rules: Iterable[Rule]) -> Iterator[Claim]:
    """Yield all that rules say of cases."""
    for rule in rules:
        for what, runs in rule.cases.items():
            yield from (Claim(rule, what, run) for run in runs)


def untrue(knowledge: Knowledge, runs: Mapping[str, Step]) -> Iterator[Claim]:
    """Yield what rules say of some runs and is not so. A draft fires where its conditions hold, any other rule where it is heard;
    what a rule says that waits for the questions is not tried."""
    tried = [claim for claim in claims(knowledge.rules) if claim.run in runs and not claim.rule.waits_for_questions]
    showings = {name: _showing(knowledge, runs[name]) for name in dict.fromkeys(claim.run for claim in tried)}
    yield from (claim for claim in tried if _fires(claim.rule, showings[claim.run]) is not (claim.what == "fires"))


def _showing(knowledge: Knowledge, step: Step) -> Showing:
    return Showing(inferred(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on)))


def _fires(rule: Rule, showing: Showing) -> bool:
    if rule.draft:
        return bool(fired(rule, showing.inference.world, showing.inference.knowledge))
    return rule.id in showing.fired


def unfounded(rules: Iterable[Rule], known: Iterable[str]) -> Iterator[Problem]:
    """Yield where a rule names a run that does not exist, and a warning where it names none in which it fires."""
    known = list(known)
    for rule in rules:
        if not rule.cases.get("fires") and not rule.draft:
            help = "add `cases: {fires: [...], silent: [...]}` with a stored case of each kind, and tell one where there is none"
            yield Problem("W504", f"{rule.id} names no case in which it fires", (rule.place,), help, "warning")
    for claim in claims(rules):
        if claim.run not in known:
            message = f"{claim.rule.id} names a case that does not exist: {claim.run}"
            yield Problem("C108", message, (_place(claim),), one_of(claim.run, known))


def refuted(knowledge: Knowledge, runs: Mapping[str, Step]) -> Iterator[Problem]:
    """Yield where a rule says of a run what is not so."""
    for claim in untrue(knowledge, runs):
        ask, said, so = ("whynot", "fires", "is silent") if claim.what == "fires" else ("why", "is silent", "fires")
        reason = f"{ask} {runs[claim.run].dossier.file} {claim.rule.id}{_at(claim.run, runs)}"
        help = f"mend the rule, or take this out; what it comes of: {reason}"
        yield Problem("C115", f"{claim.rule.id} says that it {said} in {claim.run}, and it {so} there", (_place(claim),), help)


def _at(run: str, runs: Mapping[str, Step]) -> str:
    """Return the option that picks a run of its case: the flip, or the day of a step."""
    _, _, name = run.partition("/")
    return "" if not name else f" --on {runs[run].on}" if name.isdigit() else f" --flip {name}"


def _place(claim: Claim) -> Place:
    """Return where a claim stands: its file is read once more, as rules do not keep it."""
    node = read_node(claim.rule.place.source)
    for item in node.items if isinstance(node, Sequence) else ():
        id_node = item.get("id") if isinstance(item, Map) else None
        if isinstance(id_node, Scalar) and id_node.place == claim.rule.place:
            return place_of(item, ("cases", claim.what, claim.rule.cases[claim.what].index(claim.run)))[0]
    return claim.rule.place
