"""The lines of advice of one case: what rules say, what matters most before the rest; what is held back; what is to be done now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .asking import Question, counted
from .conditions import Count, Every, Key, No
from .explaining import Explainer
from .planning import Task, present_stage
from .rules import STRENGTHS, Line, Rule
from .settling import Firing
from .showing import Showing
from .texts import Sentence

BINDING = ("law", "veto")
ACTING = ("law", "veto", "must", "advise")


@dataclass(frozen=True)
class Said:
    """A line of advice as it is said; `beaten` where the option that its rule speaks for was not taken."""

    rule: Rule
    line: Line
    text: str
    firings: tuple[Firing, ...]
    about: str
    beaten: tuple[str, ...]
    rank: int
    routine: bool

    @property
    def key(self) -> tuple[object, ...]:
        """Return what lines are ordered by: rank and strength; then what is due soonest, what is peculiar to this case, what names
        something of it; the rest only so that the order is always the same."""
        within = math.inf if self.line.within is None else self.line.within
        general = not any(s.name != "figures" for s in self.line.text.slots)
        strength = STRENGTHS.index(self.line.strength)
        return (self.rank, strength, within, self.routine, general, self.rule.id, self.rule.then.index(self.line), self.text)


@dataclass
class Lines:
    """The lines of a case as it is shown, with the questions that are open in it."""

    explainer: Explainer
    showing: Showing
    questions: list[Question]

    def __post_init__(self) -> None:
        self.inference = self.explainer.inference
        self.knowledge = self.inference.knowledge
        self.speaker = self.explainer.speaker

    # --- what is said

    @cached_property
    def said(self) -> list[Said]:
        """Every line that is said, first what matters most."""
        found = [said for rule, firings in self._speaking() for line in rule.lines for said in self._line(rule, line, firings)]
        return sorted(found, key=lambda said: said.key)

    def _speaking(self) -> Iterator[tuple[Rule, Sequence[Firing]]]:
        """Yield the rules that fire and whose lines are not left out."""
        for rule in self.knowledge.rules:
            firings = self.inference.firings.get(rule.id, ())
            if firings and not rule.draft and not self.showing.hides(rule):
                yield rule, firings

    def _line(self, rule: Rule, line: Line, firings: Sequence[Firing]) -> Iterator[Said]:
        beaten = self._beaten(rule)
        for text, group in self.speaker.joined(line.text, self.showing.said(line, firings)):
            if line is rule.lines[0] and line.strength != "ask":
                text = self._qualified(text, [c for f in group for c in counted(rule, self.inference, f.rows)])
            about = ", ".join(dict.fromkeys(a for f in group if (a := self._about(line, f))))
            yield Said(rule, line, text, group, about, beaten, self._rank(rule, line), self._routine(rule))

    def _qualified(self, text: str, counted: Sequence[No | Every | Count]) -> str:
        """Return a text that rests on lists with those named that nobody has called complete."""
        entities = self.knowledge.vocabulary.entities
        lists: dict[str, bool] = {}
        for condition in counted:
            if condition.pattern.entity in self.inference.world.incomplete:
                many = entities[condition.pattern.entity].many
                lists[many] = lists.get(many, True) and isinstance(condition, No)
        if not lists:
            return text
        said = "; ".join(f"{many}: {'none ' if none else ''}of those recorded" for many, none in lists.items())
        return f"{text.rstrip('.?!')} ({said}){text[-1] if text[-1] in '.?!' else '.'}"

    def _about(self, line: Line, firing: Firing) -> str:
        rows = dict(firing.rows)
        if line.about is not None:
            row = rows.get(line.about.name) or self.inference.world.single(line.about.entity)
            return f"{row.address}.{line.about.attribute}" if line.about.attribute != "name" else row.address
        return ", ".join(row.address for row in rows.values())

    def _beaten(self, rule: Rule) -> tuple[str, ...]:
        """Return what beat a rule whose votes all lost, or whose votes on the main decision did: what it says goes with an
        option that was not taken."""
        beaten: list[str] = []
        for vote in [v for v in rule.votes if v.target.key in self._main] or rule.votes:
            outcomes = self.inference.outcomes(vote.target.key)
            if any(c.firing.rule == rule.id for o in outcomes for c in o.carried):
                return ()
            beaten += [r for o in outcomes for lost in o.lost if lost.cast.firing.rule == rule.id for r in lost.beaten_by]
        return tuple(sorted(set(beaten)))

    def because(self, said: Said) -> list[dict[str, Any]]:
        """Return why a line is said: its rule, and the facts of all its firings."""
        grounds = dict.fromkeys(g for firing in said.firings for g in self.explainer.grounds(firing))
        return [{"rule": said.rule.id, "text": said.rule.title, "facts": self.explainer.facts(grounds)}]

    # --- what matters most

    @property
    def _main(self) -> frozenset[Key]:
        return self.knowledge.main.keys if self.knowledge.main else frozenset()

    def _touches_main(self, rule: Rule) -> bool:
        """Return whether a rule reads the main decision or speaks on it."""
        return bool(rule.reads & self._main) or any(vote.target.key in self._main for vote in rule.votes)

    def _rank(self, rule: Rule, line: Line) -> int:
        if line.strength in BINDING:
            return STRENGTHS.index(line.strength)
        if line.blocks and self.stages_until(line.blocks) in (0, 1):
            return 2
        return 3 if self._touches_main(rule) or (line.about and self._could_turn(line)) else 4

    def _routine(self, rule: Rule) -> bool:
        """Return whether a rule says what is due in every case at this place of the route: it has nothing to do with the main
        decision, and reads nothing but the place, the size and what else was decided."""
        return rule.reads <= self._course and not self._touches_main(rule)

    @cached_property
    def _course(self) -> frozenset[Key]:
        route = self.knowledge.route
        decided = {key for d in self.knowledge.decisions if not d.derived for key in d.keys}
        return frozenset(decided | ({route.stage.key, route.band.key} if route else set()))

    def stages_until(self, stage: str) -> int | None:
        """Return how many stages lie before one, negative where it has passed, None where either is not on the route."""
        route = self.knowledge.route
        names = [s.name for s in route.stages] if route else []
        present = present_stage(self.inference)[0] if route else ""
        return names.index(stage) - names.index(present) if stage in names and present in names else None

    def _could_turn(self, line: Line) -> bool:
        assert line.about is not None
        main = self.knowledge.main.name if self.knowledge.main else ""
        return any(q.open and q.open[1] == line.about.attribute and any(c.decision == main for c in q.could_change) for q in self.questions)

    # --- what is held back

    @cached_property
    def held_back(self) -> list[dict[str, Any]]:
        """Return the lines that are not said since what they need does not hold, with the reason why."""
        found = []
        for rule, firings in self._speaking():
            lines = [line for line in rule.lines if len(self.showing.said(line, firings)) < len(firings)]
            if lines:
                found.append({"rule": rule.id, "needs": needed(lines), "why": " ".join(self.why_held(lines))})
        return found

    def why_held(self, lines: Iterable[Line | Sentence]) -> list[str]:
        """Return why lines are held back, a sentence for each thing that they need."""
        found = []
        for key in _needs(lines):
            decision = self.knowledge.settles.get(key)
            carried = self.inference.settlings[decision.key].whole.carried if decision else ()
            found += [reason["text"] for reason in self.explainer.reasons(carried)]
            if not carried:
                value = self.speaker.value(*key, self.inference.world.value(self.inference.world.single(key[0]), key[1]))
                found.append(f"{'.'.join(key)} is {value}.")
        return found

    # --- what is to be done

    @property
    def now(self) -> list[Said]:
        """Return the lines that hold as things stand: of options that were taken, and not kept for later."""
        return [s for s in self.said if not s.beaten and (not s.line.lane or self.speaks_now(s))]

    def acts(self) -> list[Said]:
        """Return the lines that ask for something to be done now, first what matters most."""
        found = [s for s in self.said if s.line.lane and s.line.strength in ACTING and not (s.beaten and s.line.strength not in BINDING)]
        return [s for s in found if self.speaks_now(s)]

    def speaks_now(self, said: Said) -> bool:
        """Return whether a line is to be heeded now: law and veto always; while the main decision quiets the rest, what has to do
        with it; once the way is gone, what reads the stage and what cannot wait."""
        if said.line.strength in BINDING:
            return True
        if self.showing.quiet and not self._touches_main(said.rule):
            return False
        route = self.knowledge.route
        return not (route and self._arrived) or said.line.within is not None or route.stage.key in said.rule.reads

    @cached_property
    def _arrived(self) -> bool:
        """Return whether what the way was gone for is reached."""
        until = self.stages_until(self.knowledge.route.arrived) if self.knowledge.route else None
        return until is not None and until <= 0

    def tasks(self) -> list[tuple[str, Task]]:
        """Return what rules ask for as tasks of the plan, each with its stage (empty: the present one)."""
        route = self.knowledge.route
        if route is None:
            return []
        return [(s.line.stage, Task(s.text, s.line.lane, route.lanes[s.line.lane]["owner"], rule=s.rule.id)) for s in self.acts()]


def needed(lines: Iterable[Line | Sentence]) -> str:
    """Return the attributes that lines need, as they are written in `needs`."""
    return ", ".join(map(".".join, _needs(lines)))


def _needs(lines: Iterable[Line | Sentence]) -> list[Key]:
    return list(dict.fromkeys((pattern.entity, test.attribute) for line in lines for pattern in line.needs for test in pattern.tests))
