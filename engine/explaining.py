"""Says why: the facts under a firing, read off the rule's own tree, and how firm the weakest of them is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .conditions import AnyOf, Count, CountRef, Every, FigureRef, Key, No, OpenQuestions, Operand, Pattern, Ref, Test
from .evaluating import FALSE, TRUE, Node, matches
from .facts import GRADES
from .inferring import Inference
from .rules import Vote
from .settling import Cast, Firing, Outcome, followed
from .terms import as_data
from .wording import Speaker
from .world import Cell, WorldRow


@dataclass(frozen=True)
class Listed:
    """What a list says as a whole: that a row stands in it, or that none with such attributes does."""

    what: str
    said: str


Ground = Cell | Listed


@dataclass
class Explainer:
    """Explains one inference; `speaker` says the words."""

    inference: Inference
    speaker: Speaker

    @cached_property
    def _grounds(self) -> dict[Firing, tuple[Ground, ...]]:
        return {}

    @cached_property
    def _grades(self) -> dict[tuple[str, str, int], str | None]:
        return {}

    def grounds(self, firing: Firing) -> tuple[Ground, ...]:
        """Return what made a rule fire, each once, in the order of its conditions."""
        if firing not in self._grounds:
            found: list[Ground] = []
            if key := followed(firing):
                found = [self.inference.world.cell(self.inference.world.single(key[0]), key[1])]
            else:
                rule = self.inference.knowledge.by_id[firing.rule]
                for match in matches(rule, self.inference.world, self.inference.knowledge, only_firing=True):
                    if match.rows == firing.rows:
                        found = list(supporting(match.tree))
            self._grounds[firing] = tuple(dict.fromkeys(found))
        return self._grounds[firing]

    def facts(self, grounds: Iterable[Ground]) -> list[dict[str, Any]]:
        """Return facts as the advice lists them: address, value, grade, speaker and date; what nobody said is left out."""
        found: list[dict[str, Any]] = []
        grounds = list(grounds)
        spoken = {c.row.address for c in grounds if isinstance(c, Cell) and (c.row, c.attribute) in self.inference.world.facts}
        for cell in grounds:
            if isinstance(cell, Listed) and cell.what in spoken:
                continue
            if isinstance(cell, Listed):
                found.append({"fact": cell.what, "value": cell.said, "grade": None, "by": None, "on": None})
                continue
            fact = self.inference.world.facts.get((cell.row, cell.attribute))
            if cell.attribute == "name" or (fact is None and cell.value is not None and not self._settled(cell)):
                continue
            on = fact.on.isoformat() if fact and fact.on else None
            by = fact.by or None if fact else None
            found.append({"fact": cell.address, "value": as_data(cell.value), "grade": self.grade(cell), "by": by, "on": on})
        return found

    def _settled(self, cell: Cell) -> bool:
        return cell.key in self.inference.knowledge.settles

    def grade(self, cell: Cell) -> str | None:
        """Return how well a cell is known; one that rules set is as firm as the weakest fact it rests on."""
        fact = self.inference.world.facts.get((cell.row, cell.attribute))
        if fact is not None:
            return fact.grade if cell.value is not None else None
        if not self._settled(cell):
            return None
        key = (*cell.key, cell.row.index)
        if key not in self._grades:
            self._grades[key] = None
            settling = self.inference.settlings[self.inference.knowledge.settles[cell.key].key]
            outcome = dict(settling.per_row).get(cell.row, settling.whole)
            self._grades[key] = self.weakest(outcome)
        return self._grades[key]

    def weakest(self, outcome: Outcome) -> str | None:
        """Return the weakest grade among the facts that carried an outcome, None where it rests on none."""
        grades = [g for cast in outcome.carried for cell in self.grounds(cast.firing) if isinstance(cell, Cell) and (g := self.grade(cell))]
        return min(grades, key=GRADES.index) if grades else None

    def under(self, decisions: Iterable[Key]) -> set[tuple[WorldRow, str]]:
        """Return every fact that some decisions rest on, through what rules derived from it."""
        settles, found = self.inference.knowledge.settles, set()
        waiting, seen = list(decisions), set()
        while waiting:
            key = settles[waiting.pop()].key
            if key in seen:
                continue
            seen.add(key)
            for cast in self.inference.settlings[key].whole.carried:
                cells = [ground for ground in self.grounds(cast.firing) if isinstance(ground, Cell)]
                found |= {(cell.row, cell.attribute) for cell in cells}
                waiting += [cell.key for cell in cells if cell.key in settles]
        return found

    def reason(self, cast: Cast) -> dict[str, Any]:
        """Return a vote as the advice gives it: rule, its sentence, and the facts."""
        rule = self.inference.knowledge.by_id.get(cast.firing.rule)
        text = cast.firing.rule
        if rule is not None:
            effect = rule.then[cast.effect]
            assert isinstance(effect, Vote)
            text = self.speaker.say(effect.say, cast.firing) if effect.say else rule.title
        found: dict[str, Any] = {"rule": cast.firing.rule, "text": text, "facts": self.facts(self.grounds(cast.firing))}
        if cast.others:
            found["or"] = list(cast.others)
        return found

    def reasons(self, casts: Iterable[Cast]) -> list[dict[str, Any]]:
        """Return votes by rule and sentence; those of one rule that say the same are one, with the facts of all."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for cast in casts:
            entry = self.reason(cast)
            known = found.setdefault((entry["rule"], entry["text"]), entry)
            if known is not entry:
                known["facts"] += [f for f in entry["facts"] if f not in known["facts"]]
        return list(found.values())


def supporting(node: Node) -> Iterator[Ground]:
    """Yield what a true node rests on."""
    if node.item == "unless" or node.verdict is not TRUE:
        return
    item = node.item
    if isinstance(item, No):
        yield Listed(_described(item.pattern), "none recorded")
        return
    if isinstance(item, OpenQuestions):
        yield Listed("open questions", str(node.children[0].item))
        return
    if isinstance(item, Pattern) and node.row is not None and node.row.name:
        yield Listed(node.row.address, "recorded")
    if isinstance(item, AnyOf):
        yield from supporting(next(c for c in node.children if c.verdict is TRUE))
        return
    if isinstance(item, Count | Every):
        for child in node.children:
            yield from supporting(child)
        yield from node.also
        return
    if node.cell is not None:
        yield node.cell
    yield from node.also
    for child in node.children:
        yield from supporting(child)


def _described(pattern: Pattern) -> str:
    """Return a pattern as one line: the entity and what was asked of it."""
    tests = ", ".join(_test(test) for test in pattern.tests)
    return f"{pattern.entity}: {tests}" if tests else pattern.entity


def _test(test: Test) -> str:
    if test.bounds:
        return " and ".join(f"{test.attribute} {word.replace('_', ' ')} {_operand(bound)}" for word, bound in test.bounds)
    options = [_operand(option) for option in test.options] + ["unknown"] * test.or_unknown
    if test.negated and not options:
        return f"{test.attribute} known"
    return f"{test.attribute} {'not ' if test.negated else ''}{' or '.join(options)}"


def _operand(operand: Operand) -> str:
    if isinstance(operand, Ref):
        return f"{operand.name}.{operand.attribute}"
    if isinstance(operand, FigureRef):
        return f"figures.{operand.name}"
    return operand.name if isinstance(operand, CountRef) else str(operand)


def absent(node: Node) -> Iterator[Node]:
    """Yield the conditions of a tree that hold because nothing of the kind is recorded, or by what is recorded of a list.

    Of an `any` that holds only the first choice that does is looked into, as for the facts under it.
    """
    if isinstance(node.item, No | Every | Count) and node.verdict is not FALSE:
        yield node
    children = node.children
    if isinstance(node.item, AnyOf) and node.verdict is TRUE:
        children = tuple([child for child in children if child.verdict is TRUE][:1])
    for child in children:
        yield from absent(child)
