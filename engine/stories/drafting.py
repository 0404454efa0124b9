"""Writes the first draft of a case from a dossier: the facts, what is advised today, and no names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..advising import Consultation
from ..facts import Dossier, Fact, Row
from ..reading.cases import UNWRITTEN
from ..rules import Knowledge
from ..terms import Entity, Value

TO_WRITE = {
    "title": f"{UNWRITTEN}: a line that names nobody)",
    "told": f"{UNWRITTEN}: the story as you would tell it to a colleague. Its first sentence gives the setting and gives nothing away.)",
    "happened": f"{UNWRITTEN}: what happened, and when)",
    "lesson": f"{UNWRITTEN}: what somebody in such a place should do)",
    "contrast": f"{UNWRITTEN}: the one fact that would have changed everything)",
}


@dataclass(frozen=True)
class Draft:
    """The text of a case file, and a line for each name or free text that was left out or replaced."""

    text: str
    removed: tuple[str, ...]


def draft(consultation: Consultation, called: str = "") -> Draft:
    """Return a case with one step that holds the facts of a consultation and expects what is advised now."""
    case_id = "-".join(re.findall("[a-z0-9]+", called.lower())) or "new-case"
    namer = _Namer(consultation.knowledge, consultation.dossier)
    facts = list(_facts(consultation.knowledge, consultation.dossier, namer))
    lines = [
        f"id: {case_id}",
        f'title: "{TO_WRITE["title"]}"',
        f'told: "{TO_WRITE["told"]}"',
        "steps:",
        f"  - on: {consultation.on.isoformat()}",
        f'    what: "{UNWRITTEN}: what brings the step about)"',
        "    facts:" if facts else "    facts: {}",
        *(f"      {line}" for line in facts),
        "    # as advised today; write what a senior would say",
        "    expect:",
        *(f"      {line}" for line in _expected(consultation)),
        *(f'{key}: "{TO_WRITE[key]}"' for key in ("happened", "lesson", "contrast")),
    ]
    return Draft("\n".join(lines) + "\n", tuple(namer.removed))


@dataclass
class _Namer:
    """Gives rows names that say what they are, and remembers what it took away."""

    knowledge: Knowledge
    dossier: Dossier
    removed: list[str] = field(default_factory=list)
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entity in self.knowledge.vocabulary.entities.values():
            rows = self.dossier.of(entity.name)
            kinds = [_kind(entity, row) for row in rows] if entity.many else [""] * len(rows)
            for number, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
                before = kinds[:number].count(kind)
                self.names[entity.name, row.name] = f"{kind}_{before + 1}" if kind and before else kind
                if row.name:
                    self.removed.append(f"{entity.name} {row.name!r}: {self._now(entity.name, row.name)}")
                if row.note:
                    self.removed.append(f"note of {entity.name} {row.name!r}: {row.note!r} left out")

    def _now(self, entity: str, name: str) -> str:
        new = self.names[entity, name]
        return f"now {new}" if new else "name left out"

    def speaker(self, where: str, by: str) -> str:
        """Return who said a fact by the new name of its row; anybody else is left out, as nobody can tell a name from a paper."""
        new = next((new for (_, name), new in self.names.items() if new and _plain(name) == _plain(by)), "")
        self.removed.append(f"{where} by {by!r}: {f'now {new}' if new else 'left out'}")
        return new


def _kind(entity: Entity, row: Row) -> str:
    """Return what a row is, by the first word that is known of it: as people call it where they do so in a few plain words."""
    for name, attribute in entity.attributes.items():
        if name in row.facts and attribute.values:
            label = attribute.label(row.facts[name].value)
            return label.lower().replace(" ", "_") if re.fullmatch(r"[A-Za-z]+( [A-Za-z]+){,2}", label) else str(row.facts[name].value)
    return entity.name


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().lower()


def _facts(knowledge: Knowledge, dossier: Dossier, namer: _Namer) -> Iterator[str]:
    for entity in knowledge.vocabulary.entities.values():
        rows = dossier.of(entity.name)
        if rows:
            yield f"{entity.many or entity.name}:" + ("" if entity.many or rows[0].facts else " {}")
        for row in rows:
            name = namer.names[entity.name, row.name]
            written = [f"name: {name}"] if entity.many else []
            written += [f"{key}: {_fact(f'{entity.name}.{key}', row.facts[key], namer)}" for key in entity.attributes if key in row.facts]
            yield from (f"{'  - ' if entity.many and not n else '    ' if entity.many else '  '}{line}" for n, line in enumerate(written))
        if entity.name in dossier.complete:
            yield f"{entity.many}_complete: yes"


def _fact(where: str, fact: Fact, namer: _Namer) -> str:
    by = namer.speaker(where, fact.by) if fact.by else ""
    said: dict[str, Value] = {"value": fact.value}
    said |= {"grade": fact.grade} if fact.grade != "assumed" else {}
    said |= {"by": by} if by else {}
    said |= {"on": fact.on.isoformat()} if fact.on else {}
    return str(fact.value) if len(said) == 1 else "{" + ", ".join(f"{key}: {value}" for key, value in said.items()) + "}"


def _expected(consultation: Consultation) -> Iterator[str]:
    """Yield the main decisions as they are shown, and the rules that carry the first of them."""
    report = consultation.report()
    yield "decisions:"
    for decision in consultation.knowledge.decisions:
        if decision.main or decision.headline:
            choice = report.decision(decision)["choice"]
            yield f"  {decision.name}: {'none' if choice is None else choice}"
    if report.main and (rules := [reason["rule"] for reason in report.decision(report.main)["because"]]):
        yield f"fires: [{', '.join(dict.fromkeys(rules))}]"
