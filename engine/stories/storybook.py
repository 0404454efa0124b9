"""A stored case as people read it: told step by step, its end last."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from ..acts import first_acts
from ..advising import Consultation
from ..blocks import Block, Heading, Items, Page, Paragraph
from ..lines import Said
from ..reading.cases import Case
from ..rules import Decision, Knowledge
from ..terms import Held, as_data, values_of
from ..verdicts import verdict
from ..wording import NOT_KNOWN, first_sentence, listed
from .learning import Learned
from .recordbook import recorded_otherwise
from .replaying import differences
from .turning import Turn, Turning
from .walking import Stage, Walk, numbers

FEW = 5
"""So many lines that came or went are named; the rest are counted."""


class Story:
    """One case, told a page for each step; what happened in the end stands on the last page alone."""

    def __init__(self, case: Case, knowledge: Knowledge):
        self.case = case
        self.knowledge = knowledge
        self.walk = Walk(case, knowledge)

    def pages(self, step: int | None, to_end: bool) -> Iterator[Page]:
        """Yield the whole story, or one step of it, or (`to_end`) all from that step on; each page when it is asked for.

        Raises Unusable where there is no such step.
        """
        yield from (self._page(self.walk.stage(number)) for number in numbers(self.case, step, to_end))
        if step is None or to_end:
            yield self.end()

    def joined(self, pages: Sequence[Page]) -> Page:
        """Return pages of the story as one."""
        steps = [page.data for page in pages if "step" in page.data]
        end = next((page.data for page in pages if "step" not in page.data), None)
        data = {"case": self.case.id, "title": self.case.title, "steps": steps, **({"end": end} if end else {})}
        return Page(tuple(block for page in pages for block in page.blocks), data)

    # --- a step

    def _page(self, stage: Stage) -> Page:
        differs = [dataclasses.asdict(difference) for difference in stage.differences]
        return Page(tuple(self._step(stage)), {**_stage_json(stage), "differs": differs})

    def _step(self, stage: Stage) -> Iterator[Block]:
        yield from self.scene(stage)
        yield from self.learned(stage)
        yield from advised(stage.consultation)
        if stage.turning:
            yield from self.changed(stage.consultation, stage.turning)
        yield from recorded_otherwise(stage.differences)

    def scene(self, stage: Stage) -> Iterator[Block]:
        """Yield what a step is about: the day, and what happened; before the first one where the story is set."""
        many = len(self.case.steps) > 1
        day = stage.step.on.isoformat()
        if stage.number == 1:
            yield Heading(self.case.title)
            # the first sentence says where the story is set, the rest what is still to come
            yield Paragraph(first_sentence(self.case.told) if many else self.case.told)
        yield Heading(f"Step {stage.number} of {len(self.case.steps)}, {day}" if many else day, 2)
        yield Paragraph(stage.step.what)

    def learned(self, stage: Stage) -> Iterator[Block]:
        """Yield what is known on a step that was not known before."""
        news: dict[str, list[str]] = {}
        for entry in stage.learned:
            news.setdefault(entry.row.address, []).append(self._news(entry))
        before = self.case.steps[stage.number - 2].dossier.rows if stage.number > 1 else ()
        known = {(row.address, row.note) for row in before}
        for row in stage.step.dossier.rows:
            if row.note and (row.address, row.note) not in known:
                news.setdefault(row.address, []).append(f"noted: {row.note}")
        yield Heading("What was learned" if stage.number > 1 else "What was known", 3)
        if not news:
            yield Paragraph("Nothing that is recorded as a fact.")
        yield Items(tuple((address, ("; ".join(found),)) for address, found in news.items()), numbered=False)

    def _news(self, entry: Learned) -> str:
        """Return one thing that was learned, as it is written in a dossier, with what it was before."""
        fact, name = entry.fact, entry.attribute
        if entry.kind == "whole":
            return "the list is complete"
        if not name:
            return "no longer there" if entry.kind == "gone" else "recorded"
        if entry.kind in ("taken_back", "stale"):
            was = self._value(entry, entry.old if entry.old is not None or fact is None else fact.value)
            return (
                f"{name}: not known any more (was {was})"
                if entry.kind == "taken_back"
                else f"{name}: no longer counts ({was}; {entry.why})"
            )
        by = f", {fact.grade}{f' by {fact.by}' if fact.by else ''}" if fact and fact.grade != "assumed" else ""
        notes = {
            "changed": f"was {self._value(entry, entry.old)}",
            "moved": f"was {self._value(entry, entry.old)}",
            "confirmed": "as before",
        }
        note = f"{notes.get(entry.kind, '')}{by}".removeprefix(", ")
        return f"{name}: {self._value(entry, entry.new)}" + (f" ({note})" if note else "")

    def _value(self, entry: Learned, value: Held | None) -> str:
        attribute = self.knowledge.vocabulary.attribute(entry.row.entity, entry.attribute)
        return NOT_KNOWN if value is None else attribute.label(value) if attribute else str(value)

    def changed(self, consultation: Consultation, turning: Turning) -> Iterator[Block]:
        """Yield what came out otherwise than on the step before, with the rules and what was learned that turned it."""
        yield Heading("What changed, and why", 3)
        report = consultation.report(labels=True)
        if not turning.turns:
            yield Paragraph("No decision came out otherwise.")
        yield Items(
            tuple((self._turned(turn, "was"), tuple(self._why(turn, report.decision(turn.decision)))) for turn in turning.turns),
            numbered=False,
        )
        yield from _lines("New", turning.came)
        yield from _lines("No longer said", turning.went)

    def _turned(self, turn: Turn, was: str) -> str:
        return f"{turn.decision.title}: {self._choice(turn.decision, turn.after)}, {was} {self._choice(turn.decision, turn.before)}"

    def _why(self, turn: Turn, found: dict[str, Any]) -> Iterator[str]:
        """Yield the rules that carry a decision, and what was just learned that turned it."""
        for reason in found["because"][:2]:
            yield f"{reason['text']} ({reason['rule']})"
        if turn.hangs_on:
            yield f"turned by: {self._named(turn.hangs_on)}"
        elif turn.each_enough:
            yield f"turned by each of these: {self._named(turn.each_enough)}"

    def _named(self, news: Sequence[Learned]) -> str:
        """Return what was learned as a sentence names it."""
        said = {"taken_back": "is not known any more", "stale": "no longer counts", "gone": "is no longer there"}
        named = [f"{e.address} {said.get(e.kind) or (f'is {self._value(e, e.new)}' if e.attribute else 'is new')}" for e in news[:FEW]]
        return listed([*named, f"{len(news) - FEW} more"] if len(news) > FEW else named)

    def _choice(self, decision: Decision, value: Held | None) -> str:
        attribute = self.knowledge.vocabulary.attribute(*decision.key)
        return listed(attribute.label(v) if attribute else str(v) for v in values_of(value)) or "none"

    # --- the end

    def end(self) -> Page:
        """Return how it ended: what happened, the lesson, and what its flips would have changed."""
        case = self.case
        flips = {name: self.walk.flip(name) for name in case.flips}
        differs = {name: list(differences(self.knowledge, flip)) for name, flip in case.flips.items()}
        blocks = [*self._ended(flips), *(b for name, found in differs.items() for b in recorded_otherwise(found, f"Flip {name}"))]
        data = {
            "told": case.told, "happened": case.happened, "lesson": case.lesson, "contrast": case.contrast,
            "flips": [{"flip": name, "title": case.flips[name].what, "changed": _turning_json(t)} for name, t in flips.items()],
            "differs": [dataclasses.asdict(d) for found in differs.values() for d in found],
        }  # fmt: skip
        return Page(tuple(blocks), data)

    def _ended(self, flips: dict[str, Turning]) -> Iterator[Block]:
        case = self.case
        yield Heading("How it ended", 2)
        told = [("As it is told", case.told)] if len(case.steps) > 1 else []
        for title, said in (*told, ("What happened", case.happened), ("The lesson", case.lesson), ("The contrast", case.contrast)):
            yield Heading(title, 3)
            yield Paragraph(said)
        if flips:
            yield Heading("What would have changed it", 3)
        yield Items(tuple((f"{name}: {case.flips[name].what}.", (self._flipped(t),)) for name, t in flips.items()), numbered=False)

    def _flipped(self, turning: Turning) -> str:
        """Return in one line what a flip changes."""
        if turning.turns:
            return "; ".join(self._turned(turn, "instead of") for turn in turning.turns)
        came, went = (", ".join(said.rule.title for said in found[:2]) for found in (turning.came, turning.went))
        return "; ".join(["no decision changes", *([f"new: {came}"] if came else []), *([f"no longer said: {went}"] if went else [])])


def advised(consultation: Consultation) -> Iterator[Block]:
    """Yield the main decision with its reason, and what to do next."""
    yield Heading("What is advised", 3)
    yield from verdict(consultation)
    yield Items(tuple((act.text, (act.note,)) for act in first_acts(consultation)))


def _lines(what: str, said: Sequence[Said]) -> Iterator[Block]:
    """Yield lines by the titles of their rules, first what matters most."""
    if not said:
        return
    titles = [f"{entry.rule.title} ({entry.rule.id})" for entry in said[:FEW]]
    more = f"; and {len(said) - FEW} more" if len(said) > FEW else ""
    yield Items(((f"{what}: {'; '.join(titles)}{more}.", ()),), numbered=False)


def _stage_json(stage: Stage) -> dict[str, Any]:
    report = stage.consultation.report()
    acts = first_acts(stage.consultation, labels=False)
    found: dict[str, Any] = {
        "step": stage.number, "on": stage.step.on.isoformat(), "what": stage.step.what,
        "learned": [_learned_json(entry) for entry in stage.learned],
        "decisions": report.choices(),
        "actions": [{"text": act.text, **({"rule": act.rule} if act.rule else {"route": act.route})} for act in acts],
    }  # fmt: skip
    if stage.turning:
        found["changed"] = _turning_json(stage.turning)
        for turn, entry in zip(stage.turning.turns, found["changed"]["decisions"], strict=True):
            entry["because"] = report.decision(turn.decision)["because"]
    return found


def _learned_json(entry: Learned) -> dict[str, Any]:
    fact = entry.fact
    found: dict[str, Any] = {"kind": entry.kind, "fact": entry.address, "from": entry.old, "to": entry.new}
    if fact:
        found |= {"grade": fact.grade, "by": fact.by or None, "on": fact.on.isoformat() if fact.on else None}
    return found | ({"why": entry.why} if entry.why else {})


def _turning_json(turning: Turning) -> dict[str, Any]:
    return {
        "decisions": [
            {
                "decision": turn.decision.name, "from": as_data(turn.before), "to": as_data(turn.after),
                "hangs_on": [entry.address for entry in turn.hangs_on], "each_enough": [e.address for e in turn.each_enough],
            }
            for turn in turning.turns
        ],
        "came": [{"rule": said.rule.id, "title": said.rule.title} for said in turning.came],
        "went": [{"rule": said.rule.id, "title": said.rule.title} for said in turning.went],
    }  # fmt: skip
