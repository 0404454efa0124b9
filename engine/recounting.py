"""Recounts what came of a rule's conditions in one case: each with the fact it looked at, beside what was wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .conditions import AnyOf, Condition, Count, CountRef, Every, FigureRef, No, OpenQuestions, Operand, Pattern, Ref, Test
from .evaluating import FALSE, NOT_REACHED, TRUE, UNKNOWN, Node, Verdict
from .phrasing import Phrasing
from .problems import Place
from .telling import MANY, Teller
from .wording import either, listed
from .world import Cell


@dataclass(frozen=True)
class Step:
    """One line of an explanation and what it rests on.

    `place` is where the rule base asks for it, `cell` the fact looked at, `wanted` what was asked of that fact; `aside` says
    that people need not read it, `closed` that more is known below it than is shown.
    """

    kind: str
    text: str
    verdict: Verdict = TRUE
    place: Place | None = None
    cell: Cell | None = None
    wanted: str = ""
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    rule: str = ""
    aside: bool = False
    closed: bool = False

    def walk(self) -> Iterator[Step]:
        yield self
        for step in self.steps:
            yield from step.walk()


@dataclass
class Recounter(Teller):
    """Says conditions with the facts of one case."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.phrasing = Phrasing(self.knowledge)

    def line(self, step: Step) -> str:
        """Return a step as a sentence, with what was asked of the fact and how well it is known."""
        said = [f"asked for: {step.wanted}"] if step.wanted and self._adds(step) else []
        said += [source] if step.cell is not None and step.kind in ("test", "fact") and (source := self.source(step.cell)) else []
        return self.sentence(step.text) + (f" ({'; '.join(said)})" if said else "")

    def _adds(self, step: Step) -> bool:
        """Return whether what was wanted says more than the fact itself does."""
        if step.verdict is not TRUE:
            return True
        return step.cell is not None and step.wanted not in (self.value(step.cell, step.cell.value), "known", "not known")

    def steps(self, nodes: Iterable[Node]) -> tuple[Step, ...]:
        """Return what came of some conditions: the tests on one row each by itself."""
        return tuple(step for node in nodes for step in self.step(node))

    def step(self, node: Node) -> Iterator[Step]:
        item = node.item
        if isinstance(item, Test):
            yield self._test(item, node)
        elif isinstance(item, Pattern):
            yield from self._pattern(item, node)
        elif isinstance(item, AnyOf):
            yield from self._any(item, node)
        elif item == "unless":
            yield from self._unless(node)
        elif isinstance(item, str):
            yield from self.steps(node.children)
        else:
            yield self._whole(item, node)

    def _pattern(self, pattern: Pattern, node: Node) -> Iterator[Step]:
        if node.row is None:
            wanted = self.phrase(pattern).removeprefix("there is ")
            yield Step("row", f"no {pattern.entity} is recorded", FALSE, pattern.place, wanted=wanted)
        elif not node.children:
            aside = not self.knowledge.vocabulary.entities[pattern.entity].many
            yield Step("row", f"{self.owner(node.row)} is recorded as {pattern.entity}", node.verdict, pattern.place, aside=aside)
        else:
            steps = self.steps(node.children)
            if all(step.aside for step in steps) and self.knowledge.vocabulary.entities[pattern.entity].many:
                yield Step("row", f"{self.owner(node.row)} is recorded as {pattern.entity}", node.verdict, pattern.place)
            yield from steps

    def phrase(self, condition: Condition) -> str:
        """Return a condition in the words of the rule base."""
        return str(self.phrasing.conditions([condition])[0])

    def _test(self, test: Test, node: Node) -> Step:
        cell = node.cell
        assert cell is not None
        wanted = self._wanted(test, node)
        bare = test.attribute == "name" or (cell.value is not None and self.source(cell) == "nothing else is recorded")
        step = Step("test", self.fact(cell), node.verdict, test.place, cell, wanted, aside=bare and node.verdict is TRUE)
        others = tuple(Step("fact", self.fact(other), TRUE, test.place, other) for other in node.also)
        return replace(step, steps=others)

    def _wanted(self, test: Test, node: Node) -> str:
        """Return what a test asks of its fact, a fact it is compared with by its value in this case."""
        also = iter(node.also)
        attribute = self.attribute(node.cell) if node.cell else None

        def said(operand: Operand) -> str:
            lone = isinstance(operand, Ref) or (isinstance(operand, FigureRef) and self.knowledge.figures[operand.name].by)
            other = next(also, None) if lone else None
            if isinstance(operand, Ref) and other:
                return f"{self.subject(other)} ({self.value(other, other.value)})"
            if isinstance(operand, FigureRef):
                return f"{self.names.figure(operand.name)} (figures.{operand.name})"
            if isinstance(operand, Ref | CountRef) or attribute is None:
                return self.phrasing.operand(operand, attribute)
            return attribute.label(operand)

        if test.bounds:
            return " and ".join(f"{word.replace('_', ' ')} {said(operand)}" for word, operand in test.bounds)
        if attribute and len(test.options) > MANY and all(isinstance(o, str) for o in test.options) and not test.negated:
            return self.alternatives(attribute, [str(o) for o in test.options]) + " or not known" * test.or_unknown
        options = [said(option) for option in test.options] + ["not known"] * test.or_unknown
        if test.negated:
            return f"known and not {either(options)}" if options else "known"
        return either(options)

    def _any(self, item: AnyOf, node: Node) -> Iterator[Step]:
        """Yield the first way that holds, or that none does with every way."""
        holding = next((child for child in node.children if child.verdict is TRUE), None)
        if holding is not None:
            yield from self.steps(holding.children)
            return
        said = "none of these holds" if node.verdict is FALSE else "none of these is known to hold"
        ways = tuple(step for child in node.children for step in self.steps(_obstacles(child)))
        yield Step("any", said, node.verdict, item.place, steps=ways)

    def _unless(self, node: Node) -> Iterator[Step]:
        if node.verdict is UNKNOWN:
            steps = self.steps(c for c in node.children if c.verdict is not TRUE)
            yield Step("unless", "one exception has not been checked; the rule is silent if this turns out so", TRUE, None, steps=steps)
        elif node.verdict is FALSE:
            yield Step("unless", "an exception is known to hold", FALSE, None, steps=self.steps(node.children))
        else:
            yield Step("unless", "no exception holds", node.verdict, None, steps=self.steps(node.children), aside=True)

    def _whole(self, item: Condition, node: Node) -> Step:
        """Return what came of a condition on a list as a whole, or on how something was settled."""
        if isinstance(item, No):
            return self._none(item, node)
        if isinstance(item, Every):
            return self._every(item, node)
        if isinstance(item, Count):
            return self._count(item, node)
        if isinstance(item, OpenQuestions):
            number = node.children[0].item if node.children else "not yet counted"
            return Step("list", f"the number of open questions is {number}", node.verdict, item.place, wanted=self.phrase(item))
        cell = node.cell
        if cell is not None and node.verdict is FALSE and cell.value is None:
            return Step("settled", f"nothing is settled on {self.subject(cell)}", FALSE, item.place, cell, self.phrase(item))
        if node.verdict is TRUE:
            return Step("settled", self.phrase(item), TRUE, item.place, cell)
        return Step("settled", self.fact(cell) if cell else "nothing is settled", node.verdict, item.place, cell, self.phrase(item))

    def _none(self, item: No, node: Node) -> Step:
        entity = item.pattern.entity
        passing = [child for child in node.children if child.verdict is TRUE]
        if passing:
            names = listed(self.owner(child.row) for child in passing if child.row)
            return Step(
                "list",
                f"{names} {'is' if len(passing) == 1 else 'are'} recorded",
                FALSE,
                item.place,
                wanted=self.phrase(item),
                steps=self.steps(passing),
            )
        end = self._recorded(entity) if node.children else ""
        return Step("list", f"{self.phrase(item)}{end}", TRUE, item.place, steps=self._rows(node.children), aside=False)

    def _recorded(self, entity: str) -> str:
        return " (of those recorded; the list is not said to be whole)" if entity in self.inference.world.incomplete else ""

    def _rows(self, nodes: Iterable[Node]) -> tuple[Step, ...]:
        """Return the rows that a list was searched through, each with what kept it out; not for people."""
        found = []
        for node in nodes:
            assert node.row is not None
            stopped = next((child for child in node.children if child.verdict is not TRUE), None)
            steps = self.steps([stopped]) if stopped else ()
            found.append(Step("row", f"{self.owner(node.row)} is looked at", node.verdict, None, steps=steps, aside=True))
        return tuple(found)

    def _every(self, item: Every, node: Node) -> Step:
        meant = [child for child in node.children if child.verdict is not NOT_REACHED]
        if node.verdict is TRUE:
            names = listed(self.owner(child.row) for child in meant if child.row)
            return Step("list", f"it holds for every one recorded: {names}", TRUE, item.place, steps=self.steps(meant))
        wanted = "" if meant else self.phrase(item)
        if not meant:
            possible = [c for c in node.children if any(t.verdict is UNKNOWN for t in c.children)]
            said = "none is known to be meant" if possible else f"no {item.pattern.entity} is recorded that is meant"
            steps = self.steps(t for c in possible for t in c.children if t.verdict is UNKNOWN)
            return Step("list", said, node.verdict, item.place, wanted=wanted, steps=steps)
        failing = self.steps(t for child in meant for t in child.children if t.verdict is not TRUE)
        return Step("list", "it does not hold for every one recorded", node.verdict, item.place, wanted=wanted, steps=failing)

    def _count(self, item: Count, node: Node) -> Step:
        counted = [child for child in node.children if child.verdict is TRUE]
        names = listed(self.owner(child.row) for child in counted if child.row)
        said = f"{len(counted)} {'is' if len(counted) == 1 else 'are'} recorded" + (f": {names}" if names else "")
        others = tuple(Step("fact", self.fact(other), TRUE, item.place, other) for other in node.also)
        steps = (*self.steps(counted if node.verdict is TRUE else ()), *others)
        wanted = self.phrase(item)
        return Step("list", said, node.verdict, item.place, wanted=wanted, steps=steps)


def _obstacles(node: Node) -> list[Node]:
    """Return what does not hold of one way of several."""
    return [
        test
        for child in node.children
        for test in (child.children if isinstance(child.item, Pattern) and child.row is not None else (child,))
        if test.verdict is not TRUE
    ]
