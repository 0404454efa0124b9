"""Finds what a person asks about in one case: a decision, an option, a rule, a fact, or a line of advice by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .inferring import Inference
from .problems import Problem, Unusable, nearest, one_of
from .reading.cases import stem
from .reporting import Report
from .rules import Decision, Knowledge, Rule
from .settling import Outcome
from .terms import Attribute, Held, Value, values_of
from .tracing import prose
from .world import Cell, WorldRow

MOST = 3
"""So many rules are explained where words stand in several."""


@dataclass(frozen=True)
class Subject:
    """What was asked about: rules; or a decision or derived fact, perhaps of one row, perhaps one option of it; or a fact."""

    rules: tuple[Rule, ...] = ()
    decision: Decision | None = None
    option: Value | None = None
    row: WorldRow | None = None
    cell: Cell | None = None

    def named(self) -> str:
        """Return how it is named to the command again."""
        if self.decision is None:
            return self.rules[0].id if self.rules else self.cell.address if self.cell else ""
        name = f"{self.row.address}.{self.decision.name}" if self.row else self.decision.name
        return f"{name}={self.option}" if self.option is not None else name


def outcomes(subject: Subject, inference: Inference) -> list[tuple[WorldRow | None, Outcome]]:
    """Return how the decision asked about came out: for one row, or for the whole (where rows differ, by each row that has
    the option asked about)."""
    assert subject.decision is not None
    settling = inference.settlings[subject.decision.key]
    if subject.row is not None:
        return [(row, outcome) for row, outcome in settling.per_row if row is subject.row]
    having = [(row, outcome) for row, outcome in settling.per_row if subject.option in outcome.choices]
    if having and subject.option not in settling.whole.choices:
        return list(having)
    if subject.decision.per_row == subject.decision.entity:
        return list(settling.per_row)
    return [(None, settling.whole)]


def came_out(subject: Subject, report: Report) -> bool:
    """Return whether a decision was settled as asked about, or is shown so."""
    assert subject.decision is not None
    if any(o.choice is not None and subject.option in (None, *o.choices) for _, o in outcomes(subject, report.inference)):
        return True
    shown = report.showing.shown(subject.decision)
    return subject.option is not None and subject.row is None and subject.option in values_of(shown)


def subject_of(word: str, report: Report) -> Subject:
    """Return what a word names in a case. Raises Unusable with the nearest right word."""
    word = " ".join(word.split())
    finder = _Finder(report)
    for find in (finder.rules, finder.decision, finder.option, finder.fact, finder.words):
        if (found := find(word)) is not None:
            return found
    near = nearest(word, finder.names())
    help = f"did you mean {near}? " if near else ""
    kinds = "a decision, decision=option, a rule id, a derived fact, entity[name].attribute, or words of a line of advice"
    raise Unusable([Problem("L111", f"nothing here is called {word!r}", (), f"{help}name {kinds}")])


@dataclass
class _Finder:
    report: Report

    @property
    def inference(self) -> Inference:
        return self.report.inference

    @property
    def knowledge(self) -> Knowledge:
        return self.inference.knowledge

    def rules(self, word: str) -> Subject | None:
        found = tuple(r for r in self.knowledge.rules if word.upper() in (r.id.upper(), stem(r.id).upper()))
        return Subject(found) if found else None

    def decision(self, word: str) -> Subject | None:
        """Return a decision or derived fact: `name`, `entity.name`, `entity[row].name`, each perhaps with `=option`."""
        path, equals, option = word.partition("=")
        cells = self._cells(path.strip())
        decisions = {self.knowledge.settles[c.key].key: self.knowledge.settles[c.key] for c in cells if c.key in self.knowledge.settles}
        if not decisions:
            return None
        decision = next(iter(decisions.values()))
        rows = [c.row for c in cells if c.row.entity == decision.per_row and decision.per_row]
        row = rows[0] if len(rows) == 1 and "[" in path else None
        return Subject(decision=decision, row=row, option=self._option(option.strip(), decision) if equals else None)

    def _option(self, word: str, decision: Decision) -> Value:
        options = _options(decision, self.knowledge)
        if word in options:
            return word
        attribute = self.knowledge.vocabulary.attribute(*decision.key)
        if attribute and attribute.numeric and re.fullmatch(r"-?\d+(\.\d+)?", word):
            return float(word) if "." in word else int(word)
        by_label = {attribute.label(o): o for o in options} if attribute else {}
        if word in by_label:
            return by_label[word]
        raise Unusable([Problem("L112", f"{word!r} is no option of {decision.name}", (), one_of(word, options) if options else "a number")])

    def option(self, word: str) -> Subject | None:
        """Return the option of a bare name; where several decisions have it, of the one that chose it."""
        found = [d for d in self.knowledge.decisions if word in _options(d, self.knowledge)]
        chosen = [d for d in found if word in self.inference.settlings[d.key].whole.choices]
        picked = found if len(found) == 1 else chosen
        if len(picked) == 1:
            return Subject(decision=picked[0], option=word)
        if found:
            several = " or ".join(f"{d.name}={word}" for d in picked or found)
            raise Unusable([Problem("L113", f"{word!r} is an option of several decisions", (), f"say which, as {several}")])
        return None

    def fact(self, word: str) -> Subject | None:
        path, equals, _ = word.partition("=")
        cells = self._cells(path.strip())
        if cells and equals:
            help = f"ask about it as {path.strip()}; what {word} would change is shown by whatif"
            raise Unusable([Problem("L116", f"{path.strip()!r} is a fact as written; no rule concludes it", (), help)])
        if len(cells) > 1:
            several = " or ".join(cell.address for cell in cells[:MOST])
            raise Unusable([Problem("L114", f"{word!r} is a fact of several rows", (), f"say which, as {several}")])
        return Subject(cell=cells[0]) if cells else None

    def _cells(self, path: str) -> list[Cell]:
        """Return the facts that `attribute`, `entity.attribute` or `entity[row].attribute` can mean."""
        match = re.fullmatch(r"(?:(\w+)(?:\[(.*)\])?\.)?(\w+)", path)
        if not match:
            return []
        entity, row, name = match.groups()
        held = [a for a in self.knowledge.vocabulary.attributes() if a.name == name and entity in (None, a.entity)]
        return [Cell(r, name, self._value(r, name)) for a in held for r in self.inference.world.rows[a.entity] if row in (None, r.name)]

    def _value(self, row: WorldRow, name: str) -> Held | None:
        return self.inference.world.value(row, name)

    def words(self, word: str) -> Subject | None:
        """Return the rules whose lines say some words; those that speak in this case go before the rest."""
        said = {s.rule.id: s.rule for s in self.report.lines.said if _says(s.text, word)}
        found = said or {r.id: r for r in self.knowledge.rules if _says(prose(r), word)}
        if len(found) > MOST:
            ids = ", ".join(list(found)[:8])
            more = " ..." if len(found) > 8 else ""
            message = f"{len(found)} {'lines of advice' if said else 'rules'} say {word!r}"
            raise Unusable([Problem("L115", message, (), f"give more of the words, or a rule: {ids}{more}")])
        return Subject(tuple(found.values())) if found else None

    def names(self) -> Iterator[str]:
        """Yield all that can be named, and the longer words that rules say."""
        yield from (name for rule in self.knowledge.rules for name in (rule.id, stem(rule.id)))
        for decision in self.knowledge.decisions:
            yield from (decision.name, f"{decision.entity}.{decision.name}", *_options(decision, self.knowledge))
            yield from (f"{decision.name}={option}" for option in _options(decision, self.knowledge))
        for entity, rows in self.inference.world.rows.items():
            named: list[Attribute] = list(self.knowledge.vocabulary.entities[entity].attributes.values())
            yield from (f"{row.address}.{attribute.name}" for row in rows for attribute in named)
        yield from (said for rule in self.knowledge.rules for said in re.findall(r"[^\W\d_]{5,}", rule.title.lower()))


def _options(decision: Decision, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the options of a decision, or the values of a derived fact."""
    attribute = knowledge.vocabulary.attribute(*decision.key)
    return decision.options or (attribute.values if attribute else ())


def _says(text: str, words: str) -> bool:
    return words.casefold() in " ".join(text.split()).casefold()
