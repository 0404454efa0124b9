"""What a question is worth: every answer is tried, and it is seen where the answers lead and how they differ.

An answer by which a law or a veto settles the main decision, or that says otherwise than the vocabulary takes for granted,
is an exception: rare, and no part of what the ordinary answers are compared by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from .inferring import Inference, varied
from .limits import Limits, Open
from .rules import Decision, Knowledge
from .settling import Firing
from .showing import Showing
from .terms import Held, Value
from .waiting import Way
from .wording import Speaker, either, listed

LEVELS = ("decision", "headline", "together", "exception", "acts", "words", "nothing")
"""Where answers lead to different places, from the most to the least: ordinary answers in the main decision; in one that
stands in the headline; in the main decision, together with the answer to one other question; only an exception turns the
main decision or the headline; in other decisions and in laws, vetoes and musts; in what else is said; nowhere."""


@dataclass(frozen=True)
class Pair:
    """An answer to one other question with which the answers to this one turn the main decision, and the rule that does it."""

    other: Open
    choice: Held | None
    rule: str


@dataclass(frozen=True)
class Change:
    """What an answer could bring: another choice of a decision, or a law, veto or must that a rule would say."""

    decision: str = ""
    choice: Value | None = None
    rule: str = ""
    strength: str = ""


@dataclass(frozen=True)
class Led:
    """Where an answer leads: the choices shown, the strong effects, and what rules say beside what they say now, or no more."""

    choices: tuple[Held | None, ...]
    strong: frozenset[tuple[str, str, int, str]]
    said: frozenset[Firing] = frozenset()
    unsaid: frozenset[Firing] = frozenset()
    exception: bool = False


@dataclass(frozen=True)
class Worth:
    """How the answers to a question differ, as a level, and what that is counted by."""

    level: str
    answers: int = 0
    ranges: bool = False
    exceptions: int = 0
    differ: tuple[tuple[Decision, tuple[Held | None, ...]], ...] = ()
    places: int = 1
    duties: int = 1
    largest: float = 1.0
    pair: Pair | None = None
    ways: tuple[Way, ...] = ()

    def sentence(self, knowledge: Knowledge, speaker: Speaker) -> str:
        """Return in a few words why the question is asked where it is."""
        many = f"{self.answers} {'ranges' if self.ranges else 'answers'}"
        if self.level in ("decision", "headline"):
            decision, choices = self.differ[0]
            said = either([_label(decision, choice, speaker) for choice in choices])
            what = "decisions" if decision.main else f"outcomes for {_title(decision)}"
            return f"{many}, {len(choices)} different {what}: {said}" if len(choices) > 1 else f"any answer brings {said}"
        if self.pair and knowledge.main:
            row, name = self.pair.other
            other = knowledge.vocabulary.entities[row.entity].attributes[name].words
            where = f"{row.name}: {other}" if row.name else other
            return f"together with another answer ({where}): {_label(knowledge.main, self.pair.choice, speaker)} ({self.pair.rule})"
        if self.level == "exception":
            said = either([_label(d, c, speaker) for d, choices in self.differ[:1] for c in choices])
            return f"{self.exceptions} of {many} would bring {said}"
        if self.level == "acts":
            titles = [_title(decision) for decision, _ in self.differ[:3]]
            return f"{many}, differing in {listed([*(['what must be done'] if self.duties > 1 else []), *titles])}"
        return f"{many}, other words in a line of advice" if self.level == "words" else self._far()

    def _far(self) -> str:
        """Return what is said of a question whose answers change nothing by themselves."""
        if not self.ways:
            return "changes nothing by itself"
        return f"changes nothing by itself; {self.ways[0].rule} waits for {max(self.ways[0].facts, 2)} answers, this one among them"


NOTHING = Worth("nothing")


def _title(decision: Decision) -> str:
    """Return the title of a decision as it stands in a sentence."""
    return f'"{decision.title.lower()}"'


def _label(decision: Decision, choice: Held | None, speaker: Speaker) -> str:
    return "none" if choice is None else speaker.value(decision.entity, decision.name, choice)


class Weighing:
    """Tries the answers to open questions on one case."""

    def __init__(self, base: Inference):
        self.base = base
        self.shown = Showing(base)
        self.limits = Limits(base.knowledge, base.world)
        self.decisions = tuple(d for d in base.knowledge.decisions if not d.derived)
        self.at = {d.name: at for at, d in enumerate(self.decisions)}
        self.speaking = frozenset(r.id for r in base.knowledge.rules if not r.draft and any(x.strength != "ask" for x in r.lines))
        self.now = self._led(self.shown, {})

    def tried(self, cell: Open, ways: tuple[Way, ...], waited_for: bool, hole: bool) -> tuple[tuple[Change, ...], Worth]:
        """Return all that the answers could bring, and what the question is worth."""
        changes: dict[Change, None] = {}
        found: list[Led] = []
        for value, trial in self._trials(cell):
            found.append(self._led(trial, {cell: value}) if trial else self.now)
            if trial:
                changes.update(dict.fromkeys(Change(name, choice) for name, choice in trial.differences(self.shown)))
                strong = sorted(trial.strong - self.shown.strong)
                changes.update(dict.fromkeys(Change(rule=rule, strength=strength) for rule, strength, *_ in strong))
        attribute = self.base.knowledge.vocabulary.entities[cell[0].entity].attributes[cell[1]]
        if attribute.numeric:
            found = [led for number, led in enumerate(found) if not number or led != found[number - 1]]
        counted = Worth("nothing", len(found), attribute.numeric, sum(led.exception for led in found), ways=ways)
        return tuple(changes), self._worth(cell, counted, found, hole or (waited_for and any(led.unsaid for led in found)))

    def _trials(self, cell: Open) -> Iterator[tuple[Value, Showing | None]]:
        """Yield each answer with the case as it would be; None where nothing reads the answer."""
        key = (cell[0].entity, cell[1])
        for value in self.limits.answers(*key) if key in self.limits.read else ():
            trial = varied(self.base, {cell: value})
            idle = not trial.refired and len(trial.changed) == 1 and key not in self.limits.needed
            yield value, None if idle else Showing(trial)

    def _led(self, trial: Showing, answer: dict[Open, Value]) -> Led:
        inference = trial.inference
        turned = inference.refired & self.speaking
        said, before = (frozenset(f for rule in turned for f in of.firings.get(rule, ())) for of in (inference, self.base))
        exception = bool(answer) and self._exception(trial, answer)
        return Led(tuple(trial.choices.values()), trial.strong, said - before, before - said, exception)

    def _exception(self, trial: Showing, answer: dict[Open, Value]) -> bool:
        for (row, name), value in answer.items():
            presumed = self.base.knowledge.vocabulary.entities[row.entity].attributes[name].unless_said
            if presumed is not None and value != presumed:
                return True
        main = self.base.knowledge.main
        if main is None or trial.settled(main) == self.shown.settled(main):
            return False
        world = trial.inference.world
        return world.strength(world.single(main.entity), main.name) in ("law", "veto")

    def _worth(self, cell: Open, counted: Worth, found: list[Led], words: bool) -> Worth:
        """Return the first level at which answers differ; the main decision may be turned by an exception there as well."""
        ordinary = [led for led in found if not led.exception]
        for level, of in (("decision", [d for d in self.decisions if d.main]), ("headline", [d for d in self.decisions if d.headline])):
            if differ := self._differ(of, ordinary):
                return self._counted(counted, level, differ, found, ordinary)
        if pair := self._pair(cell, counted.ways):
            return replace(counted, level="together", pair=pair)
        exceptions = [led for led in found if led.exception]
        if differ := self._differ([d for d in self.decisions if d.main or d.headline], exceptions):
            return self._counted(counted, "exception", sorted(differ, key=lambda d: not d.main), exceptions, exceptions)
        differ = self._differ(self.decisions, found)
        if differ or any(led.strong != self.now.strong for led in found):
            return self._counted(counted, "acts", differ, found, found)
        return replace(counted, level="words" if words or any(led.said for led in found) else "nothing")

    def _pair(self, cell: Open, ways: tuple[Way, ...]) -> Pair | None:
        """Return the first answer to one other question with which an answer to this one turns the main decision."""
        main = self.base.knowledge.main
        for way in ways if main else ():
            for other in way.others if way.facts == 2 else ():
                for mine, theirs in product(self._answers(cell), self._answers(other)):
                    trial = Showing(varied(self.base, {cell: mine, other: theirs}))
                    if trial.settled(main) != self.shown.settled(main) and not self._exception(trial, {cell: mine, other: theirs}):  # type: ignore[arg-type]
                        return Pair(other, trial.shown(main), way.rule)  # type: ignore[arg-type]
        return None

    def _answers(self, cell: Open) -> list[Value]:
        return self.limits.answers(cell[0].entity, cell[1])

    def _differ(self, decisions: Iterable[Decision], found: list[Led]) -> list[Decision]:
        """Return the decisions that some answer brings to another choice than the present one."""
        others = {led.choices for led in found} - {self.now.choices}
        return [d for d in decisions if any(choices[at] != self.now.choices[at] for choices in others for at in (self.at[d.name],))]

    def _counted(self, counted: Worth, level: str, decisions: list[Decision], found: list[Led], compared: list[Led]) -> Worth:
        """Return the worth with the choices that answers lead to; how even it is goes by those that are compared."""
        differ = tuple((d, tuple(dict.fromkeys(led.choices[self.at[d.name]] for led in found))) for d in decisions)
        places: list[Held | None] = [led.choices[self.at[decisions[0].name]] for led in compared] if decisions else [None]
        duties = len({led.strong for led in found})
        largest = max(map(places.count, places)) / len(places)
        return replace(counted, level=level, differ=differ, places=len(set(places)), duties=duties, largest=largest)
