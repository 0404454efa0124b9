"""The rules as people read them: a list, one rule with all there is to know of it, and the whole book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from .blocks import Block, Heading, Items, Page, Paragraph, Quoted, Table
from .conditions import Key
from .looking import About, Found, about, owned, rules_called
from .phrasing import Phrase, Phrasing
from .reading.cases import Case, stem
from .rules import Knowledge, Line, Rule
from .tracing import figures_of, topic
from .wording import capital

GROUPS = {
    "kept": "Kept there", "votes": "Vote on it", "reads": "Read it", "titled": "Have it in the title", "mentions": "Mention it",
}  # fmt: skip


class Rulebook:
    """The rules of a knowledge base, and the stored cases that expect something of them."""

    def __init__(self, knowledge: Knowledge, cases: Iterable[Case] = ()):
        self.knowledge = knowledge
        self.cases = list(cases)
        self.phrasing = Phrasing(knowledge)

    # --- pages

    def rules(self, ids: Sequence[str]) -> Page:
        """Return the rules of some ids or stems, each with all there is to know of it."""
        found = rules_called(ids, self.knowledge)
        blocks = [block for rule in found for block in self._whole(rule)]
        return Page(tuple(blocks), [self.as_json(rule) for rule in found])

    def about(self, word: str, strength: str | None = None, owner: str | None = None) -> Page:
        """Return the rules about something: those that vote on it, that read it and that mention it."""
        found = about(word, self.knowledge)
        every = [f.rule for group in found.groups.values() for f in group]
        kept = {rule.id for rule in self._picked(every, strength, owner)}
        found.groups = {name: [f for f in group if f.rule.id in kept] for name, group in found.groups.items()}
        return Page(tuple(self._about(found)), self._about_json(found))

    def all(self, strength: str | None = None, owner: str | None = None, whole: bool = False) -> Page:
        """Return the rules by topic: a line for each, or (`whole`) each with its conditions and effects in words."""
        picked = self._picked(self.knowledge.rules, strength, owner)
        topics: dict[str, list[Rule]] = {}
        for rule in sorted(picked, key=lambda r: (topic(r), r.id)):
            topics.setdefault(topic(rule), []).append(rule)
        note = " This page is made from those files; change a rule there." if whole else ""
        blocks: list[Block] = [Heading("Rules"), Paragraph(f"{_number(picked)}, by the file in which they are kept.{note}")]
        for name, rules in topics.items():
            blocks.append(Heading(f"{name[:1].upper()}{name[1:].replace('_', ' ')}", 2))
            blocks += [b for rule in rules for b in self._read(rule)] if whole else [_table([Found(rule) for rule in rules])]
        rows = [self.as_json(rule) if whole else _short(rule) for rules in topics.values() for rule in rules]
        return Page(tuple(blocks), rows)

    def _picked(self, rules: Sequence[Rule], strength: str | None, owner: str | None) -> list[Rule]:
        picked = [rule for rule in rules if strength in (None, rule.strength)]
        return owned(picked, owner) if owner else picked

    # --- one rule

    def _read(self, rule: Rule) -> Iterator[Block]:
        """Yield a rule as it is read in the book."""
        yield Heading(f"{rule.id} {rule.title}", 3)
        yield Paragraph(rule.why)
        yield from self._conditions_and_effects(rule)
        yield Paragraph(f"Source: {rule.source}. Owner: {rule.owner}, since {rule.since.isoformat()}{_marks(rule)}.")

    def _conditions_and_effects(self, rule: Rule) -> Iterator[Block]:
        when = self.phrasing.conditions(rule.when)
        yield Paragraph("When all of this holds:" if len(when) > 1 else "When:" if when else "Always.")
        if when:
            yield _items(when)
        if rule.unless:
            yield Paragraph("Unless it is known that:")
            yield _items(self.phrasing.conditions(rule.unless))
        yield Paragraph("Then:")
        yield _items([self.phrasing.effect(effect) for effect in rule.then])

    def _whole(self, rule: Rule) -> Iterator[Block]:
        yield Heading(f"{rule.id} {rule.title}")
        yield Paragraph(f"{rule.strength}, {_file(rule)}{_marks(rule)}")
        yield Paragraph(rule.why)
        yield Heading("In words", 2)
        yield from self._conditions_and_effects(rule)
        yield Heading("What it works with", 2)
        yield Items(tuple((f"{name}: {said}", ()) for name, said in self._works_with(rule) if said), numbered=False)
        if figures := [self._figure(name) for name in figures_of(rule)]:
            rows = tuple((f["name"], _value(f["value"]), f["unit"], f["source"]) for f in figures)
            yield Table(("Figure", "Value", "Unit", "Source"), rows, (20, 14, 16, 22))
        yield Heading("As written", 2)
        yield Quoted(written(rule))

    def _works_with(self, rule: Rule) -> Iterator[tuple[str, str]]:
        known = self.as_json(rule)
        yield "Reads facts", ", ".join(known["reads"]["facts"])
        yield "Reads what rules settle", ", ".join(known["reads"]["decisions"])
        yield "Prints in its texts", ", ".join(known["reads"]["prints"])
        yield "Sets", ", ".join(known["sets"])
        yield "Worked out", f"in step {known['stratum']} of {len(self.knowledge.strata)}" if known["stratum"] else "last, outside the steps"
        for what in ("fires", "silent"):
            yield f"Expected to {'fire' if what == 'fires' else 'be silent'}", ", ".join(known["cases"][what]) or "in no stored case"
        yield "Source", rule.source
        review = f", to be reviewed by {rule.review_by.isoformat()}" if rule.review_by else ""
        yield "Owner", f"{rule.owner}, since {rule.since.isoformat()}{review}"

    # --- data

    def as_json(self, rule: Rule) -> dict[str, Any]:
        """Return all there is to know of a rule as plain data."""
        prints = rule.looks_at - rule.reads - {(n.entity, t.attribute) for line in rule.lines for n in line.needs for t in n.tests}
        reads = rule.looks_at - prints
        return {
            **_short(rule), "why": rule.why,
            "when": [_phrase_json(p) for p in self.phrasing.conditions(rule.when)],
            "unless": [_phrase_json(p) for p in self.phrasing.conditions(rule.unless)],
            "then": [_phrase_json(self.phrasing.effect(effect)) for effect in rule.then],
            "reads": {"facts": self._named(reads, False), "decisions": self._named(reads, True), "prints": _dotted(prints)},
            "sets": _dotted({e.target.key for e in rule.then if not isinstance(e, Line)}),
            "figures": [self._figure(name) for name in figures_of(rule)],
            "stratum": self._stratum.get(rule.id), "source": rule.source, "owner": rule.owner, "since": rule.since.isoformat(),
            "review_by": rule.review_by.isoformat() if rule.review_by else None,
            "cases": {"fires": self._expected(rule, "fires"), "silent": self._expected(rule, "silent")}, "written": written(rule),
        }  # fmt: skip

    def _named(self, keys: Iterable[Key], settled: bool) -> list[str]:
        return _dotted({key for key in keys if (key in self.knowledge.settles) is settled and key[1] != "name"})

    @cached_property
    def _stratum(self) -> dict[str, int]:
        return {rule.id: number for number, stratum in enumerate(self.knowledge.strata, 1) for rule in stratum.rules}

    def _figure(self, name: str) -> dict[str, Any]:
        figure = self.knowledge.figures[name]
        value = dict(figure.value) if isinstance(figure.value, Mapping) else figure.value
        return {"name": name, "value": value, "unit": figure.unit, "source": figure.source, "date": figure.date.isoformat()}

    def _expected(self, rule: Rule, what: str) -> list[str]:
        """Return the cases that the rule itself names, and those that expect it to fire (or to be silent)."""
        stored = [name for case in self.cases for name, step in case.runs() if {rule.id, stem(rule.id)} & {*getattr(step.expected, what)}]
        return list(dict.fromkeys([*rule.cases.get(what, ()), *stored]))

    # --- rules about something

    def _about(self, found: About) -> Iterator[Block]:
        yield Heading(f"Rules about {found.word}")
        yield Paragraph(f"Taken as {found.taken}.")
        for name, group in found.groups.items():
            if group:
                yield Heading(f"{GROUPS[name]} ({len(group)})", 2)
                yield _table(group)
        if not any(found.groups.values()):
            yield Paragraph("No rule has to do with it.")
        if found.also:
            yield Paragraph(f"Read as well by: {'; '.join(found.also)}.")

    def _about_json(self, found: About) -> dict[str, Any]:
        groups = {name: [{**_short(f.rule), "does": f.does or None} for f in group] for name, group in found.groups.items()}
        return {"about": found.word, "taken_as": found.taken, **groups, "also": found.also}


def written(rule: Rule) -> str:
    """Return the lines of its file in which a rule stands, comments inside it included."""
    lines = rule.place.source.lines
    first = rule.place.line - 1
    while first > 0 and not lines[first].lstrip().startswith("- "):
        first -= 1
    indent = len(lines[first]) - len(lines[first].lstrip())
    last = first + 1
    while last < len(lines) and (not lines[last].strip() or len(lines[last]) - len(lines[last].lstrip()) > indent):
        last += 1
    return "\n".join(line[indent:] for line in lines[first:last]).rstrip()


def _table(found: Iterable[Found]) -> Table:
    """Return rules a line each: what each does with the thing asked about, else how strongly it speaks."""
    found = list(found)
    speaks = any(f.does for f in found)
    rows = tuple((f.rule.id, f.does if speaks else f.rule.strength, f.rule.title + _marks(f.rule)) for f in found)
    return Table(("Rule", "Speaks" if speaks else "Strength", "Title"), rows, (8, 18 if speaks else 8, 48 if speaks else 58))


def _short(rule: Rule) -> dict[str, Any]:
    place = rule.place
    return {
        "id": rule.id, "strength": rule.strength, "title": rule.title, "topic": topic(rule), "status": rule.status, "locked": rule.locked,
        "file": place.source.file, "line": place.line,
    }  # fmt: skip


def _marks(rule: Rule) -> str:
    """Return what is special about a rule."""
    marks = [] if rule.status == "in_use" else [rule.status]
    marks += ["locked"] if rule.locked else []
    return f" ({', '.join(marks)})" if marks else ""


def _file(rule: Rule) -> str:
    return f"{rule.place.source.file}:{rule.place.line}"


def _items(phrases: Iterable[Phrase]) -> Items:
    return Items(tuple((capital(p.text), p.notes) for p in phrases), numbered=False)


def _phrase_json(phrase: Phrase) -> dict[str, Any]:
    return {"text": phrase.text, "notes": list(phrase.notes)}


def _dotted(keys: Iterable[Key]) -> list[str]:
    return sorted(".".join(key) for key in keys)


def _value(value: Any) -> str:
    return ", ".join(f"{word} {number}" for word, number in value.items()) if isinstance(value, dict) else str(value)


def _number(rules: Sequence[Rule]) -> str:
    return "One rule" if len(rules) == 1 else f"{len(rules)} rules"
