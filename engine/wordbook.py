"""The vocabulary as people read it: entities with their attributes, one word with who reads and sets it, the figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .blocks import Block, Heading, Items, Page, Paragraph, Table
from .conditions import FigureRef
from .looking import Word, words_called
from .rules import Band, Decision, Knowledge
from .terms import Attribute, Entity, Figure
from .tracing import Tracing, figures_of
from .wording import either, listed

CHOOSE = {"one": "one option is chosen", "main_and_more": "one main option, others beside it", "many": "as many options as have a vote"}


class Wordbook:
    """The words of a knowledge base, with who uses them."""

    def __init__(self, knowledge: Knowledge):
        self.knowledge = knowledge
        self.tracing = Tracing(knowledge)

    # --- pages

    def words(self, names: Sequence[str]) -> Page:
        """Return what some names mean: entities, attributes, decisions, figures."""
        found = words_called(names, self.knowledge)
        return Page(tuple(block for word in found for block in self._word(word)), [self._word_json(word) for word in found])

    def all(self, whole: bool = False) -> Page:
        """Return every word: a line for each attribute, or (`whole`) each with all there is to know of it."""
        blocks: list[Block] = [Heading("Vocabulary")]
        blocks += (
            [Paragraph("What a dossier may hold and what rules make of it. Made from the knowledge: change a word there.")] if whole else []
        )
        for entity in self.knowledge.vocabulary.entities.values():
            blocks += self._entity(entity, 2, whole)
        if self.knowledge.figures:
            blocks += [Heading("Figures", 2), self._figures()]
        blocks += self._whom() if whole else []
        data = {
            "entities": [self._entity_json(entity, whole) for entity in self.knowledge.vocabulary.entities.values()],
            "figures": [self._figure_json(figure) for figure in self.knowledge.figures.values()],
        }
        return Page(tuple(blocks), data)

    def _whom(self) -> Iterator[Block]:
        """Yield who can be asked at home, and how the others are reached while they may not be asked in person."""
        vocabulary = self.knowledge.vocabulary
        if not vocabulary.at_hand:
            return
        yield Heading("Whom to ask", 2)
        yield Paragraph(f"At hand: {'; '.join(sorted(vocabulary.at_hand))}.")
        if way := vocabulary.channel:
            yield Paragraph(f"While {'.'.join(way.key)} is {either(way.words)}, the others are asked {way.say}.")
            yield Items(tuple((f"In place of {who}: {say}", ()) for who, say in way.instead.items()), numbered=False)

    def _word(self, word: Word) -> Iterator[Block]:
        if isinstance(word, Entity):
            yield from self._entity(word, 1, False)
        elif isinstance(word, Figure):
            yield from self._figure(word)
        else:
            yield from self._attribute(word, 1)

    def _word_json(self, word: Word) -> dict[str, Any]:
        if isinstance(word, Entity):
            return self._entity_json(word, True)
        return self._figure_json(word) if isinstance(word, Figure) else self._attribute_json(word)

    # --- entities

    def _entity(self, entity: Entity, level: int, whole: bool) -> Iterator[Block]:
        where = f"a list in a dossier, under {entity.many}" if entity.many else "one in a dossier"
        yield Heading(f"{entity.name} ({where})", level)
        yield Paragraph(entity.meaning)
        if entity.who_else:
            yield Paragraph(f"Asked while the list is not marked complete: {entity.who_else}")
        if not whole:
            rows = tuple((a.name, f"{self._mark(a)}{a.meaning}") for a in entity.attributes.values())
            yield Table(("Attribute", "Meaning"), rows, (24, 54))
            return
        for attribute in entity.attributes.values():
            yield from self._attribute(attribute, level + 1)

    def _mark(self, attribute: Attribute) -> str:
        return "(decision) " if attribute.decided else "(set by rules) " if attribute.derived else ""

    def _entity_json(self, entity: Entity, whole: bool) -> dict[str, Any]:
        attributes = [self._attribute_json(a) if whole else {"name": a.name, "meaning": a.meaning} for a in entity.attributes.values()]
        return {
            "entity": entity.name, "meaning": entity.meaning, "many": entity.many or None, "who_else": entity.who_else or None,
            "attributes": attributes,
        }  # fmt: skip

    # --- one attribute

    def _attribute(self, attribute: Attribute, level: int) -> Iterator[Block]:
        known = self._attribute_json(attribute)
        yield Heading(f"{attribute.entity}.{attribute.name}", level)
        yield Paragraph(attribute.meaning)
        yield Items(tuple((said, ()) for said in self._notes(attribute)), numbered=False)
        if known["values"]:
            yield Paragraph("Options, in order:" if attribute.settled else "What may be recorded:")
            yield _values(known["values"])
        if not known["read_by"]:
            yield Paragraph("No condition reads it.")
        elif known["unread_values"]:
            yield Paragraph(f"No condition names: {', '.join(known['unread_values'])}.")

    def _notes(self, attribute: Attribute) -> Iterator[str]:
        """Yield what is to be known of an attribute, a line for each thing."""
        known = self._attribute_json(attribute)
        if attribute.called:
            yield f"Called in sentences: {attribute.called}"
        if attribute.numeric:
            yield f"Number from {attribute.low} to {attribute.high} {attribute.unit}".rstrip()
        if decision := self.knowledge.settles.get((attribute.entity, attribute.name)):
            yield from self._settling(decision)
        else:
            yield f"Ask {attribute.whom}: {attribute.ask}" if attribute.whom else f"Ask: {attribute.ask}"
            yield from (f"Not asked for now where {'.'.join(key)} is known and is not {either(w)}" for key, w in attribute.asked_when)
            yield f"Counts for {attribute.stale_after} days, then it is unknown again" if attribute.stale_after else "Never goes stale"
            yield "Can be brought about by us" if attribute.changeable else "Can only be learned, not changed"
        if attribute.unless_said is not None:
            yield f"Taken as {attribute.unless_said} while nobody says otherwise"
        if attribute.moves:
            unit = "months" if attribute.moves_in_months else "days"
            yield f"Counts {'up' if attribute.moves > 0 else 'down'} by itself, in {unit}, from the date of its fact"
        if attribute.was:
            yield f"Was called {listed(attribute.was)} before"
        for said, key in (("Set by", "set_by"), ("Read by", "read_by"), ("Printed by", "printed_by")):
            if known[key]:
                yield f"{said}: {', '.join(known[key])}"

    def _settling(self, decision: Decision) -> Iterator[str]:
        yield "A fact that rules set; never typed in" if decision.derived else f"A decision ({decision.title}); {CHOOSE[decision.choose]}"
        if decision.per_row:
            yield f"Settled for each {decision.per_row}; the whole has the first in order that any of them has"
        if decision.settle:
            yield f"Among votes of equal strength the {decision.settle} number wins"
        elif len(decision.options) > 1:
            yield f"Among votes of equal strength the first wins: {', '.join(decision.options)}"
        for option, other in decision.before:
            yield f"{option} goes before {other} unless the conditions in decisions.yaml hold"
        for ref, options in decision.follows:
            pairs = ", ".join(f"{word} gives {option}" for word, option in options.items())
            yield f"Follows {ref.entity}.{ref.attribute} as a default: {pairs}"
        for shown in decision.shown:
            when = " and ".join(f"{ref.entity}.{ref.attribute} is {either(words)}" for ref, words in shown.when)
            yield f"Shown as {'what it follows' if shown.followed else shown.option or 'nothing'} while {when}"
        for beside in decision.beside:
            bands = "; ".join(self._band(band) for band in beside.bands)
            yield f"Shown beside {beside.target.entity}.{beside.target.attribute}, which warns and never votes: {bands}"
        if decision.quiets:
            yield f"With {either(decision.quiets)} the plan keeps only law, veto and what speaks on this decision"

    def _band(self, band: Band) -> str:
        below = f"figures.{band.below.name}" if isinstance(band.below, FigureRef) else band.below
        return f"{band.says}{f' (below {below})' if below is not None else ''} goes with {either(band.options)}"

    def _attribute_json(self, attribute: Attribute) -> dict[str, Any]:
        key = (attribute.entity, attribute.name)
        voices = self.tracing.voices_on(key)
        values = [
            {
                "value": value, "label": attribute.label(value), "read_by": self.tracing.readers(key, value),
                "votes": [{"rule": v.rule.id, "strength": v.strength or "against"} for v in voices if v.value == value],
            }
            for value in attribute.values
        ]  # fmt: skip
        return {
            "entity": attribute.entity, "name": attribute.name, "meaning": attribute.meaning, "called": attribute.words,
            "kind": "decision" if attribute.decided else "derived" if attribute.derived else "fact", "values": values,
            "range": [attribute.low, attribute.high] if attribute.numeric else None, "unit": attribute.unit or None,
            "ask": attribute.ask or None, "whom": attribute.whom or None,
            "asked_when": {".".join(key): list(words) for key, words in attribute.asked_when}, "stale_after": attribute.stale_after,
            "changeable": attribute.changeable, "unless_said": attribute.unless_said, "moves": attribute.moves, "was": list(attribute.was),
            "set_by": list(dict.fromkeys(v.rule.id for v in voices)), "read_by": self.tracing.readers(key),
            "printed_by": self.tracing.printed.get(key, []),
            "unread_values": self.tracing.unread(key),
        }  # fmt: skip

    # --- figures

    def _figures(self) -> Table:
        rows = tuple((f.name, _value(f), f.unit, f.source, f.date.isoformat()) for f in self.knowledge.figures.values())
        return Table(("Figure", "Value", "Unit", "Source", "Since"), rows, (22, 12, 12, 14, 10))

    def _figure(self, figure: Figure) -> Iterator[Block]:
        known = self._figure_json(figure)
        yield Heading(f"figures.{figure.name}")
        yield Paragraph(f"{_value(figure)} {figure.unit}{' by ' + '.'.join(figure.by) if figure.by else ''}.")
        notes = [f"Source: {figure.source}, {figure.date.isoformat()}"]
        notes += [f"{said}: {', '.join(known[key])}" for said, key in (("Read by", "read_by"), ("Printed by", "printed_by")) if known[key]]
        yield Items(tuple((note, ()) for note in notes), numbered=False)
        if not known["read_by"] and not known["printed_by"]:
            yield Paragraph("No condition reads it.")

    def _figure_json(self, figure: Figure) -> dict[str, Any]:
        readers = self.tracing.figure_readers(figure.name)
        return {
            "figure": figure.name, "value": dict(figure.value) if isinstance(figure.value, Mapping) else figure.value,
            "by": ".".join(figure.by) if figure.by else None, "unit": figure.unit, "source": figure.source, "date": figure.date.isoformat(),
            "read_by": readers,
            "printed_by": [r.id for r in self.knowledge.rules if r.id not in readers and figure.name in figures_of(r)],
        }  # fmt: skip


def _values(values: Sequence[Mapping[str, Any]]) -> Items:
    """Return the values of an attribute: what each means, who speaks for it or against it, and who reads it."""
    items = []
    for entry in values:
        votes: dict[str, list[str]] = {}
        for vote in entry["votes"]:
            votes.setdefault(vote["strength"], []).append(vote["rule"])
        notes = [f"{strength}: {', '.join(rules)}" for strength, rules in votes.items()]
        notes += [f"read by {', '.join(entry['read_by'])}"] if entry["read_by"] else []
        label = f" ({entry['label']})" if entry["label"] != entry["value"] else ""
        items.append((f"{entry['value']}{label}", tuple(notes)))
    return Items(tuple(items), numbered=False)


def _value(figure: Figure) -> str:
    value = figure.value
    return ", ".join(f"{word} {number}" for word, number in value.items()) if isinstance(value, Mapping) else str(value)
