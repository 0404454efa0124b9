"""What people read: the first screen, and the whole of the advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .acts import FIRST, first_acts, tag
from .advising import Consultation
from .asking import Question
from .blocks import Block, Heading, Items, Paragraph, Table, command
from .lines import Said
from .papers import paper
from .records import derived, drafts, expired
from .verdicts import decisions, grounds, scorecards, verdict
from .wording import capital


def first_screen(consultation: Consultation, rest: str, near: Sequence[Block] = ()) -> list[Block]:
    """Return the short answer: one decision, three actions, three questions, the plan, and what is `near` to it; `rest` is the
    command for more."""
    return list(_Page(consultation).short(rest, near))


def handed_on(consultation: Consultation, rest: str, near: Sequence[Block] = ()) -> list[Block]:
    """Return the short answer with the document worked out under it."""
    page = _Page(consultation)
    return [*page.short(rest, near), *scorecards(page.report), *page.document()]


def whole(consultation: Consultation, near: Sequence[Block] = ()) -> list[Block]:
    """Return everything: each decision with its reasons, each line, all questions, the plan with both lanes, what is `near`."""
    page = _Page(consultation)
    return [
        *page.headline(None), *decisions(page.report), *scorecards(page.report), *page.lines(), *page.held_back(), *page.questions(None),
        *page.plan_table(), *page.plan_lanes(), *page.document(), *near, *page.notes(), *page.derived(), *page.drafts(), *page.fired(),
    ]  # fmt: skip


@dataclass
class _Page:
    consultation: Consultation

    def __post_init__(self) -> None:
        self.report = self.consultation.report(labels=True)
        self.plan = self.consultation.plan(labels=True)

    def short(self, rest: str, near: Sequence[Block]) -> Iterator[Block]:
        yield from (*self.headline(FIRST), *self.actions(), *self.questions(FIRST), *self.plan_table(), *self.document_line())
        yield from (*near, *self.footer(rest))

    # --- the decision

    def headline(self, limit: int | None) -> Iterator[Block]:
        report, knowledge = self.report, self.consultation.knowledge
        dossier = self.consultation.dossier
        name = dossier.title or next((row.name for row in dossier.rows if row.name and not _many(knowledge, row.entity)), "")
        yield Heading(f"{name or dossier.file}, {self.consultation.on.isoformat()}", 1)
        if report.main is None:
            return
        yield from verdict(self.consultation)
        yield from self._firmness(report.decision(report.main), limit)
        for fact in expired(report):
            yield Paragraph(f"Not counted: {fact['fact']} = {fact['value']}, noted on {fact['on']} ({fact['why']}).")

    def _firmness(self, found: dict[str, Any], limit: int | None) -> Iterator[Block]:
        report = self.report
        main = report.main
        assert main is not None
        said = []
        if found["runner_up"]:
            said.append(f"next in line: {report.label(main, found['runner_up'])}")
        if found["weakest_grade"]:
            grades = {"assumed": "only assumed", "said": "one person's word", "shown": "shown"}
            said.append(f"weakest fact behind it: {grades[found['weakest_grade']]}")
        if found["provisional"]:
            said.append("provisional: " + ("an answer could bring a law, a veto or a must" if report.stop else self._turning(limit)))
        if said:
            yield Paragraph(capital("; ".join(said)) + ".")

    def _turning(self, limit: int | None) -> str:
        """Return which questions could change the main decision: one of those shown, or only others."""
        main = self.report.main
        shown = [c.decision for question in self._asked(limit) for c in question.could_change]
        if main and main.name in shown:
            return "an answer to a question below could change it"
        return "an answer to another question could change it (--all)"

    # --- what to do and to ask

    def actions(self) -> Iterator[Block]:
        if acts := first_acts(self.consultation):
            yield Heading("Do next", 2)
            yield Items(tuple((act.text, (act.note,)) for act in acts))

    def questions(self, limit: int | None) -> Iterator[Block]:
        questions = self._asked(limit)
        if not questions and not self.report.stop:
            return
        yield Heading("Ask first" if limit else "Open questions", 2)
        items = []
        for question in questions:
            notes = []
            ask, whom = question.words(self.report.speaker)
            if whom:
                notes.append(f"ask {whom}")
            notes.append(question.fact)
            items.append((ask, ("; ".join(notes), *self._worth(question))))
        yield Items(tuple(items))
        if stop := self.report.stop:
            yield Paragraph(stop)

    def _asked(self, limit: int | None) -> list[Question]:
        """Return the questions to show: all, or the first of those that are worth asking now."""
        return [q for q in self.report.questions if self.report.asks_now(q)][:limit] if limit else self.report.questions

    def _worth(self, question: Question) -> Iterator[str]:
        """Yield why a question stands where it does, and the rules that answers could bring."""
        if question.open is None:
            return
        rules = list(dict.fromkeys(c.rule for c in question.could_change if c.rule))
        shown = ", ".join(rules[:3]) + (f" and {len(rules) - 3} more" if len(rules) > 3 else "")
        said = self.report.worth(question)
        yield f"{said}; could bring {shown}" if rules else said

    # --- the plan

    def plan_table(self) -> Iterator[Block]:
        plan = self.plan
        deadline = plan.calendar.deadline
        if not plan.legs:
            return
        yield Heading("Plan", 2)
        if self.report.showing.quiet:
            leg = plan.legs[0]
            yield Paragraph(f"Only what brings this stage to a good end, by {leg.last.isoformat()}. {leg.stage.leave_when}")
            return
        if deadline:
            yield Paragraph(f"Laid out back from the deadline on {deadline.isoformat()}.")
        for note in plan.notes:
            yield Paragraph(note)
        rows = tuple((leg.stage.title, leg.first.isoformat(), leg.last.isoformat(), leg.stage.leave_when) for leg in plan.legs)
        yield Table(("Stage", "From", "To", "Left when"), rows, (13, 10, 10, 40))
        route = self.consultation.knowledge.route
        assert route is not None
        for lane, made in plan.legs[0].stage.produce.items():
            yield Paragraph(f"Now, {route.lanes[lane]['title'].lower()} lane: {made[:1].lower()}{made[1:]}.")

    def plan_lanes(self) -> Iterator[Block]:
        plan = self.plan
        route = self.consultation.knowledge.route
        for leg in plan.legs:
            assert route is not None
            tasks = [(lane, found) for lane, found in leg.tasks.items() if found]
            if tasks:
                yield Heading(f"{leg.stage.title}, {leg.first.isoformat()} to {leg.last.isoformat()}", 3)
            for lane, found in tasks:
                yield Paragraph(
                    f"{route.lanes[lane]['title']} lane ({route.lanes[lane]['owner']}); to show: {leg.stage.produce.get(lane, '')}"
                )
                yield Items(
                    tuple((t.text, (f"{t.rule or 'route ' + t.route}" + (f", {t.days} d" if t.days else ""),)) for t in found), False
                )

    # --- the document

    @cached_property
    def papers(self) -> dict[str, Any]:
        return self.consultation.document(labels=True)

    def document_line(self) -> Iterator[Block]:
        if head := self.papers.get("document"):
            sections = len(self.papers["sections"])
            yield Paragraph(f"Document: {head['title'][:1].lower()}{head['title'][1:]}, in {sections} sections.")

    def document(self) -> Iterator[Block]:
        yield from paper(self.papers, self.consultation.knowledge.outlines)

    # --- the rest

    def notes(self) -> Iterator[Block]:
        """Yield what people noted beside the facts; no rule reads it."""
        if noted := [(row.address, (row.note,)) for row in self.consultation.dossier.rows if row.note]:
            yield Heading("Notes", 2)
            yield Items(tuple(noted), numbered=False)

    def footer(self, rest: str) -> Iterator[Block]:
        acts = {id(s) for s in self.report.lines.acts()[:FIRST]}
        lines = sum(id(s) not in acts for s in self.report.lines.said)
        held = self.report.lines.held_back
        questions = max(len(self.report.questions) - FIRST, 0)
        said = [
            f"{lines} more lines of advice",
            f"{questions} more questions",
            "the document, section by section" if self.papers.get("document") else "",
            "both lanes of the plan" if self.consultation.knowledge.route else "",
            "every reason",
        ]
        if held:
            what = f"what {len(held)} rules advise" if len(held) > 1 else "what one rule advises"
            yield Paragraph(f"Held back: {what}. {held[0]['why']}".rstrip())
        yield Paragraph(f"The rest ({'; '.join(word for word in said if word)}): {command(rest)}")

    def lines(self) -> Iterator[Block]:
        now = self.report.lines.now
        later = [s for s in self.report.lines.said if not s.beaten and s not in now]
        aside = [s for s in self.report.lines.said if s.beaten]
        kept = "If it reopens" if self.consultation.showing.quiet else "What was to be done on the way"
        for title, found in (("Advice", now), (kept, later), ("What goes with options that were not taken", aside)):
            if found:
                yield Heading(title, 2)
                yield Items(tuple((s.text, (self._line_note(s),)) for s in found))

    def _line_note(self, said: Said) -> str:
        facts = self.report.lines.because(said)[0]["facts"]
        beaten = f"; beaten by {', '.join(said.beaten)}" if said.beaten else ""
        return f"{tag(said, self.report.lines)}; {'; '.join(grounds(facts)) or 'always'}{beaten}; source: {said.rule.source}"

    def held_back(self) -> Iterator[Block]:
        found = self.report.lines.held_back
        if found:
            yield Heading("Held back", 2)
            for why in dict.fromkeys(entry["why"] for entry in found):
                rules = ", ".join(entry["rule"] for entry in found if entry["why"] == why)
                yield Paragraph(f"{why} So these rules hold lines back: {rules}.")

    def derived(self) -> Iterator[Block]:
        found = derived(self.report)
        if found:
            yield Heading("Derived facts", 2)
            yield Table(("Fact", "Value"), tuple((k, str(v)) for k, v in found.items()), (40, 30))

    def drafts(self) -> Iterator[Block]:
        found = drafts(self.report)
        if found:
            yield Heading("Rules on trial would add", 2)
            yield Items(tuple((entry["would_add"], (entry["rule"],)) for entry in found), False)

    def fired(self) -> Iterator[Block]:
        yield Heading("Rules that fired", 2)
        yield Paragraph(" ".join(self.consultation.showing.fired))


def _many(knowledge: Any, entity: str) -> bool:
    return bool(knowledge.vocabulary.entities[entity].many)
