"""A knowledge base made ready to run: compiled rules, who speaks on what, and what has to be redone when something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .compiling import Fire, Gate, RuleFailed, broken, compiled, gate, holding
from .conditions import CountRef, Key
from .rules import STRENGTHS, Against, Decision, Knowledge, Rule, Scorecard, ScoreRef, Stratum, Vote
from .settling import AGAINST, Ballot
from .speaking import Fired, Speaking, Voice
from .terms import Value
from .world import Frame

Door = tuple[str, int, Mapping[Any, dict[str, Rule]]]
"""The rules that stand behind each value of one attribute, by rule id."""


@dataclass(eq=False)
class Group:
    """Rules that are fired together, those of a stratum or those that read an attribute, and how often they were; `doors` says
    which of them to look at, `whole` is one function for all of them."""

    rules: Mapping[str, Rule]
    always: Mapping[str, Rule]
    doors: Sequence[Door] = ()
    runs: int = 0
    whole: Fire | None = None


@dataclass
class Program:
    """A knowledge base made ready to run; rules that have run together `patience` times, one by one, are compiled as a whole."""

    knowledge: Knowledge
    patience: int = 1000

    def __post_init__(self) -> None:
        knowledge = self.knowledge
        self._single: dict[str, Fire] = {}
        rules = [rule for stratum in knowledge.strata for rule in stratum.rules]
        self._gate = {rule.id: gate(rule, knowledge) or gate(rule, knowledge, many=True) for rule in rules}
        self.strata = {stratum: _behind_doors(stratum, self._gate) for stratum in knowledge.strata}
        self.readers = _readers(knowledge)
        self.scores = {name: _score(card, knowledge) for name, card in knowledge.scorecards.items()}
        self.speaking = {d.key: self._speaking(d) for d in knowledge.decisions}
        self.speaks: dict[str, list[Speaking]] = {}
        for speaking in self.speaking.values():
            for rule_id in speaking.rules:
                self.speaks.setdefault(rule_id, []).append(speaking)
        self.settles = {stratum: [self.speaking[d.key] for d in stratum.settles] for stratum in knowledge.strata}
        for number, settled in enumerate(self.settles.values()):
            for speaking in settled:
                speaking.level = number
        self.leaning = self._leaning()

    def fire(self, group: Group, frame: Frame) -> Fired:
        """Return the firings of a group's rules on a frame.

        To compile a group whole takes as long as a thousand runs rule by rule: a single consultation does without.
        Raises RuleFailed, which names the rule and the facts, where one breaks.
        """
        group.runs += 1
        if group.runs <= self.patience:
            return self._one_by_one(self.visited(group, frame), frame)
        if group.whole is None:
            group.whole = compiled(group.rules.values(), self.knowledge)
        fired: Fired = {}
        try:
            group.whole(frame, fired)
        except Exception as error:
            self._one_by_one(group.rules.values(), frame)
            raise RuleFailed(f"the rules of a stratum broke together, each alone did not: {error!r}") from error
        return fired

    def _one_by_one(self, rules: Iterable[Rule], frame: Frame) -> Fired:
        fired: Fired = {}
        for rule in rules:
            function = self._single.get(rule.id)
            if function is None:
                if self._shut(rule, frame):
                    continue
                function = self._single[rule.id] = compiled((rule,), self.knowledge)
            try:
                function(frame, fired)
            except Exception as error:
                raise broken(rule, frame, self.knowledge, error) from error
        return fired

    def _shut(self, rule: Rule, frame: Frame) -> bool:
        """Return whether a rule cannot fire. Of those that read what a search changes many cannot: they are never compiled."""
        found = self._gate[rule.id]
        if found is None:
            return False
        entity, slot, passing, _ = found
        return passing.isdisjoint([row[slot] for row in frame[entity]])

    def visited(self, group: Group, frame: Frame) -> Iterable[Rule]:
        """Return the rules of a group that are looked at: of a stratum those whose gate lets this case through."""
        if not group.doors:
            return group.always.values()
        found = dict(group.always)
        for entity, slot, behind in group.doors:
            for row in frame[entity]:
                found.update(behind.get(row[slot], _NOBODY))
        return found.values()

    def _speaking(self, decision: Decision) -> Speaking:
        voices = []
        for rule in self.knowledge.voters.get(decision.key, ()):
            own = []
            for number, effect in enumerate(rule.then):
                if isinstance(effect, Vote | Against) and effect.target.key in decision.keys:
                    own.append(self._voice(number, effect, decision))
            voices.append((rule.id, tuple(own)))
        exception = holding(decision.unless, self.knowledge) if decision.before else None
        return Speaking(decision, voices, self.knowledge.vocabulary.slots, exception)

    def _voice(self, number: int, effect: Vote | Against, decision: Decision) -> Voice:
        about = effect.target.name if effect.target.entity == decision.per_row else ""
        if isinstance(effect, Against):
            return Voice(number, about, Ballot(AGAINST, effect.option))
        strength = STRENGTHS.index(effect.strength)
        option = effect.option
        if isinstance(option, CountRef):
            name = option.name
            return Voice(number, about, Ballot(strength, 0), lambda firing, frame: dict(firing.counts).get(name))
        if isinstance(option, ScoreRef):
            card = self.scores[option.card]
            return Voice(number, about, Ballot(strength, 0), lambda firing, frame: card(frame))
        return Voice(number, about, Ballot(strength, option, effect.first))

    def _leaning(self) -> dict[Key, list[Speaking]]:
        """Return the decisions that read an attribute themselves: in their own order, by following, or through a score."""
        found: dict[Key, list[Speaking]] = {}
        for decision in self.knowledge.decisions:
            read = set(decision.reads)
            for rule in self.knowledge.voters.get(decision.key, ()):
                cards = [v.option.card for v in rule.votes if isinstance(v.option, ScoreRef) and v.target.key in decision.keys]
                read.update(key for card in cards for key in self.knowledge.scorecards[card].reads)
            for key in read:
                found.setdefault(key, []).append(self.speaking[decision.key])
        return found


_NOBODY: dict[str, Rule] = {}


def _behind_doors(stratum: Stratum, gates: Mapping[str, Gate | None]) -> Group:
    """Return the rules of a stratum, each behind its gate."""
    always: dict[str, Rule] = {}
    doors: dict[tuple[str, int], dict[Any, dict[str, Rule]]] = {}
    for rule in stratum.rules:
        found = gates[rule.id]
        if found is None:
            always[rule.id] = rule
            continue
        for value in found.passing:
            doors.setdefault((found.entity, found.slot), {}).setdefault(value, {})[rule.id] = rule
    rules = {rule.id: rule for rule in stratum.rules}
    return Group(rules, always, [(entity, slot, behind) for (entity, slot), behind in doors.items()])


def _readers(knowledge: Knowledge) -> dict[Key, Group]:
    """Return for each attribute the rules that read it."""
    found: dict[Key, dict[str, Rule]] = {}
    for stratum in knowledge.strata:
        for rule in stratum.rules:
            for key in rule.reads:
                found.setdefault(key, {})[rule.id] = rule
    return {key: Group(rules, rules) for key, rules in found.items()}


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
