"""What is shown of what was settled: decisions eased while another is so, lines hidden with them or held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from .conditions import Key, Pattern
from .evaluating import TRUE, holds
from .inferring import Inference
from .rules import Decision, Line, Rule, Shown, Vote
from .settling import Firing
from .terms import Held, Value


@dataclass
class Showing:
    """The choices and lines of an inference as they are shown."""

    inference: Inference

    @cached_property
    def _needed(self) -> dict[tuple[Pattern, ...], bool]:
        """What lines need of single rows, and whether it holds."""
        return {}

    @cached_property
    def entries(self) -> dict[Key, Shown]:
        """The entry of `shown` that applies to a decision, by decision."""
        found = {}
        for decision in self.inference.knowledge.decisions:
            for entry in decision.shown:
                if all(str(self._settled((ref.entity, ref.attribute))) in options for ref, options in entry.when):
                    found[decision.key] = entry
                    break
        return found

    def hiding(self, decision: Decision) -> tuple[Decision, ...]:
        """Return the decisions because of which one is shown otherwise than it was settled, none where it is not."""
        entry = self.entries.get(decision.key)
        if entry is None or self.shown(decision) == self.settled(decision):
            return ()
        return tuple(self.inference.knowledge.settles[ref.key] for ref, _ in entry.when)

    def _settled(self, key: Key) -> Held | None:
        return self.inference.world.value(self.inference.world.single(key[0]), key[1])

    def settled(self, decision: Decision) -> Held | None:
        """Return the choice as rules read it."""
        return self._settled(decision.key)

    def shown(self, decision: Decision) -> Held | None:
        """Return the choice as people see it: None where none is to be shown."""
        entry = self.entries.get(decision.key)
        if entry is None:
            return self.settled(decision)
        if entry.followed:
            for ref, options in decision.follows:
                return options.get(str(self._settled(ref.key)))
            return None
        if entry.if_voted and entry.option not in self.inference.voted(decision):
            return None
        return entry.option

    @property
    def quiet(self) -> str | None:
        """The choice of the main decision, where it is one with which only law, veto and this decision speak."""
        main = self.inference.knowledge.main
        choice = str(self.settled(main)) if main else ""
        return choice if main and choice in main.quiets else None

    @cached_property
    def choices(self) -> Mapping[Key, Held | None]:
        """The choice that is shown of every decision; derived facts are none."""
        return {d.key: self.shown(d) for d in self.inference.knowledge.decisions if not d.derived}

    def turned(self, other: Showing) -> list[Decision]:
        """Return the decisions that are shown otherwise than in another showing, those that only the other knows too."""
        mine, theirs = self.inference.knowledge.settles, other.inference.knowledge.settles
        gone = [theirs[key] for key, choice in other.choices.items() if choice is not None and key not in self.choices]
        return [mine[key] for key, choice in self.choices.items() if choice != other.choices.get(key)] + gone

    @cached_property
    def hidden(self) -> frozenset[Key]:
        """The decisions whose settled choice is not the one shown, by every attribute they set."""
        found: set[Key] = set()
        for decision in self.inference.knowledge.decisions:
            if decision.key in self.entries:
                shown = self.shown(decision)
                if shown is None or shown != self.settled(decision):
                    found |= decision.keys
        return frozenset(found)

    @cached_property
    def _hiding(self) -> frozenset[Key]:
        """The decisions because of which something is hidden."""
        return frozenset(ref.key for d in self.entries for ref, _ in self.entries[d].when)

    def hides(self, rule: Rule) -> bool:
        """Return whether the lines of a rule are left out: it reads a hidden choice, and does not speak on what hides it."""
        if not self.hidden or any(vote.target.key in self._hiding for vote in rule.votes):
            return False
        return bool(rule.looks_at & self.hidden)

    def said(self, line: Line, firings: Iterable[Firing]) -> list[Firing]:
        """Return the firings for which a line is said: those whose rows have what the line needs."""
        if not line.needs:
            return list(firings)
        world, knowledge = self.inference.world, self.inference.knowledge
        if all(not knowledge.vocabulary.entities[need.entity].many for need in line.needs):
            if line.needs not in self._needed:
                self._needed[line.needs] = holds(line.needs, world, knowledge) is TRUE
            return list(firings) if self._needed[line.needs] else []
        return [firing for firing in firings if holds(line.needs, world, knowledge, dict(firing.rows)) is TRUE]

    @cached_property
    def fired(self) -> tuple[str, ...]:
        """The rules whose conditions hold, in id order; one that only falls back, where it spoke."""
        return tuple(rule.id for rule in self.inference.knowledge.rules if not rule.draft and self._spoke(rule))

    def _spoke(self, rule: Rule) -> bool:
        firings = self.inference.firings.get(rule.id)
        if not firings:
            return False
        if any(not isinstance(e, Vote) or e.strength != "fallback" for e in rule.then):
            return True
        outcomes = [outcome for vote in rule.votes for outcome in self.inference.outcomes(vote.target.key)]
        return any(c.firing.rule == rule.id for o in outcomes if o.strength is None for c in o.carried)

    def said_firings(self) -> Iterator[tuple[Rule, Firing]]:
        """Yield the firings of rules with lines that are shown."""
        for rule in self.inference.knowledge.rules:
            if rule.lines and not rule.draft and not self.hides(rule):
                for firing in self.inference.firings.get(rule.id, ()):
                    yield rule, firing

    @cached_property
    def strong(self) -> frozenset[tuple[str, str, int, str]]:
        """Every law, veto and must that is said or votes: rule, strength, place of the effect, and the rows it is about."""
        found: set[tuple[str, str, int, str]] = set()
        knowledge = self.inference.knowledge
        for rule_id, firings in self.inference.firings.items():
            effects = knowledge.strong_effects.get(rule_id)
            if not effects:
                continue
            hidden = self.hides(knowledge.by_id[rule_id])
            for place, effect in effects:
                if isinstance(effect, Line):
                    said = [] if hidden else self.said(effect, firings)
                else:
                    said = list(firings)
                found.update((rule_id, effect.strength, place, ",".join(row.address for _, row in f.rows)) for f in said)
        return frozenset(found)

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The rules that fire with a law, a veto, a must or a vote on the main decision."""
        return self.inference.knowledge.deciding.intersection(self.inference.firings)

    def differences(self, other: Showing) -> Iterator[tuple[str, Value | None]]:
        """Yield the decisions that come out otherwise than in another showing, with the choice they come to here."""
        for decision in self.inference.knowledge.decisions:
            if decision.derived:
                continue
            mine, theirs = self.choices[decision.key], other.choices[decision.key]
            if mine == theirs:
                mine, theirs = self.settled(decision), other.settled(decision)
            if mine != theirs:
                yield decision.name, (mine[0] if mine else None) if isinstance(mine, tuple) else mine
