"""A knowledge base made ready to run: compiled rules, who speaks on what, and what has to be redone when something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .compiling import Fire, RuleFailed, compiled, gate, holding
from .conditions import CountRef, Key
from .rules import STRENGTHS, Against, Decision, Knowledge, Rule, Scorecard, ScoreRef, Stratum, Vote
from .settling import Ballot, Firing, Rank, ranking
from .terms import Value
from .world import Frame

Number = Callable[[Firing, Frame], Value | None]


@dataclass(frozen=True)
class Voice:
    """What one effect of a rule says on a decision, each time the rule fires."""

    effect: int
    strength: int
    about: str = ""
    ballot: Ballot | None = None
    against: Value | None = None
    number: Number = lambda firing, frame: None


@dataclass
class Speaking:
    """Who speaks on a decision, and the order of its options."""

    decision: Decision
    voices: tuple[tuple[str, tuple[Voice, ...]], ...]
    exception: Callable[[Frame], bool] | None
    ranks: tuple[Rank, Rank]
    orders: tuple[tuple[str, ...], tuple[str, ...]]

    def __post_init__(self) -> None:
        self.by_rule = dict(self.voices)

    def rank(self, frame: Frame) -> Rank:
        return self.ranks[self.exception is not None and not self.exception(frame)]

    def order(self, frame: Frame) -> tuple[str, ...]:
        """Return the options in order: one is put before another unless the decision's conditions hold."""
        return self.orders[self.exception is not None and not self.exception(frame)]


@dataclass
class Agenda:
    """What has to be redone, by stratum."""

    program: Program
    rules: list[dict[str, Rule]]
    decisions: list[dict[Key, Decision]]

    def add(self, changed: set[Key], keys: Iterable[Key]) -> None:
        """Note that attributes have changed."""
        for key in keys:
            changed.add(key)
            for number, rule in self.program.readers.get(key, ()):
                self.rules[number][rule.id] = rule
            for decision in self.program.leaning.get(key, ()):
                self.decisions[self.program.level[decision.key]][decision.key] = decision

    def spoke(self, rule: Rule) -> None:
        """Note that a rule fires otherwise than before."""
        for key in self.program.speaks.get(rule.id, ()):
            self.decisions[self.program.level[key]][key] = self.program.speaking[key].decision


@dataclass
class Program:
    knowledge: Knowledge
    nothing: list[Firing] = field(default_factory=list)

    def __post_init__(self) -> None:
        knowledge = self.knowledge
        self._compiled: dict[str, Fire] = {}
        self.ids = {stratum: [rule.id for rule in stratum.rules] for stratum in knowledge.strata}
        self._gates = {stratum: _gates(stratum, knowledge) for stratum in knowledge.strata}
        self.level = {d.key: n for n, stratum in enumerate(knowledge.strata) for d in stratum.settles}
        self.readers: dict[Key, list[tuple[int, Rule]]] = {}
        for number, stratum in enumerate(knowledge.strata):
            for rule in stratum.rules:
                for key in rule.reads:
                    self.readers.setdefault(key, []).append((number, rule))
        self.scores = {name: _score(card, knowledge) for name, card in knowledge.scorecards.items()}
        self.speaking = {d.key: self._speaking(d) for d in knowledge.decisions}
        self.speaks: dict[str, list[Key]] = {}
        for key, speaking in self.speaking.items():
            for rule_id, _ in speaking.voices:
                self.speaks.setdefault(rule_id, []).append(key)
        self.leaning = self._leaning()

    def fire(self, rule: Rule, frame: Frame) -> list[Firing]:
        """Return the firings of one rule. Raises RuleFailed, which names the rule and the rows, where it breaks."""
        function = self._compiled.get(rule.id)
        if function is None:
            function = self._compiled[rule.id] = compiled(rule, self.knowledge)
        try:
            return function(frame)
        except Exception as error:
            rows = [row[0].address for entity in sorted({e for e, _ in rule.reads}) for row in frame[entity]]
            raise RuleFailed(f"rule {rule.id} broke on {', '.join(rows)}: {error!r}") from error

    def visited(self, stratum: Stratum, frame: Frame) -> list[Rule]:
        """Return the rules of a stratum that can fire, in id order: those whose gate lets this case through."""
        always, gates = self._gates[stratum]
        found = list(always)
        for entity, place, doors in gates:
            found += doors.get(frame[entity][0][place], ())
        found.sort()
        return [rule for _, rule in found]

    def agenda(self) -> Agenda:
        strata = self.knowledge.strata
        return Agenda(self, [{} for _ in strata], [{} for _ in strata])

    def _speaking(self, decision: Decision) -> Speaking:
        voices = []
        for rule in self.knowledge.voters.get(decision.key, ()):
            own = []
            for number, effect in enumerate(rule.then):
                if isinstance(effect, Vote | Against) and effect.target.key in decision.keys:
                    own.append(self._voice(number, effect, decision))
            voices.append((rule.id, tuple(own)))
        moved = list(decision.options)
        for option, other in decision.before:
            moved.remove(option)
            moved.insert(moved.index(other), option)
        orders = (decision.options, tuple(moved))
        exception = holding(decision.unless, self.knowledge) if decision.before else None
        return Speaking(decision, tuple(voices), exception, (ranking(decision, orders[0]), ranking(decision, orders[1])), orders)

    def _voice(self, number: int, effect: Vote | Against, decision: Decision) -> Voice:
        about = effect.target.name if effect.target.entity == decision.per_row else ""
        if isinstance(effect, Against):
            return Voice(number, 0, about, against=effect.option)
        strength = STRENGTHS.index(effect.strength)
        option = effect.option
        if isinstance(option, CountRef):
            name = option.name
            return Voice(number, strength, about, number=lambda firing, frame: dict(firing.counts).get(name))
        if isinstance(option, ScoreRef):
            card = self.scores[option.card]
            return Voice(number, strength, about, number=lambda firing, frame: card(frame))
        return Voice(number, strength, about, Ballot(strength, option, effect.first))

    def _leaning(self) -> dict[Key, list[Decision]]:
        """Return the decisions that read an attribute themselves: in their own order, by following, or through a score."""
        found: dict[Key, list[Decision]] = {}
        for decision in self.knowledge.decisions:
            read = set(decision.reads)
            for rule in self.knowledge.voters.get(decision.key, ()):
                cards = [v.option.card for v in rule.votes if isinstance(v.option, ScoreRef) and v.target.key in decision.keys]
                read.update(key for card in cards for key in self.knowledge.scorecards[card].reads)
            for key in read:
                found.setdefault(key, []).append(decision)
        return found


Door = tuple[str, int, Mapping[Any, Sequence[tuple[str, Rule]]]]


def _gates(stratum: Stratum, knowledge: Knowledge) -> tuple[list[tuple[str, Rule]], list[Door]]:
    """Return the rules to look at always, and for each gate the rules behind each of its values."""
    always: list[tuple[str, Rule]] = []
    doors: dict[tuple[str, int], dict[Any, list[tuple[str, Rule]]]] = {}
    for rule in stratum.rules:
        found = gate(rule, knowledge)
        if found is None:
            always.append((rule.id, rule))
            continue
        entity, place, passing = found
        for value in passing:
            doors.setdefault((entity, place), {}).setdefault(value, []).append((rule.id, rule))
    return always, [(entity, place, door) for (entity, place), door in doors.items()]


def _score(card: Scorecard, knowledge: Knowledge) -> Callable[[Frame], Value]:
    """Return the function that adds a scorecard up: each factor earns the best of its rows that are known to hold."""
    factors = [[(holding(row.condition, knowledge), float(row.points)) for row in rows] for _, rows in card.factors]

    def total(frame: Frame) -> Value:
        points = sum((max((p for test, p in rows if test(frame)), default=0.0) for rows in factors), 0.0)
        return int(points) if points.is_integer() else points

    return total


@lru_cache(maxsize=8)
def program(knowledge: Knowledge) -> Program:
    """Return a knowledge base made ready to run; it is kept as long as it is used."""
    return Program(knowledge)
