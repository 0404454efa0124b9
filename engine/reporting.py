"""Puts a worked-out case into words and plain records: decisions with reasons, ranked lines, tasks, questions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .asking import Question, counted, stopped, whom_of
from .conditions import Count, CountRef, Every, Key, No
from .explaining import Explainer
from .flipping import Flipping
from .inferring import Inference
from .planning import Leg, Plan, Task, present_stage
from .rules import STRENGTHS, Decision, Line, Rule, ScoreRef, Vote
from .scoring import Score, as_json, scores
from .settling import Firing, Outcome
from .showing import Showing
from .terms import Held
from .texts import Sentence
from .wording import Speaker, listed

BINDING = ("law", "veto")
FLIPS = 5
"""So many of the facts that would turn the main decision are listed."""
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
class Report:
    inference: Inference
    showing: Showing
    questions: list[Question]
    speaker: Speaker

    @cached_property
    def explainer(self) -> Explainer:
        return Explainer(self.inference, self.speaker)

    @property
    def main(self) -> Decision | None:
        return self.inference.knowledge.main

    @property
    def quiet(self) -> str | None:
        """The choice of the main decision, where it is one with which only law, veto and this decision speak."""
        choice = str(self.showing.settled(self.main)) if self.main else ""
        return choice if self.main and choice in self.main.quiets else None

    # --- decisions

    def decisions(self) -> dict[str, Any]:
        """Return every decision, the main one with the nearest facts that would turn it."""
        found = {d.name: self.decision(d) for d in self.inference.knowledge.decisions if not d.derived}
        if self.main:
            found[self.main.name]["flips"] = self.flips(self.main)
        return found

    def flips(self, decision: Decision) -> list[dict[str, Any]]:
        """Return the nearest single facts that would turn a decision, first those that we can change."""
        found = []
        for flip in Flipping(self.inference).singles[decision.key][:FLIPS]:
            change, choice = flip.changes[0], flip.choice
            choices = list(choice) if isinstance(choice, tuple) else choice
            found.append({"fact": change.cell.address, "from": change.cell.value, "to": change.to, "choice": choices})
        return found

    def decision(self, decision: Decision) -> dict[str, Any]:
        """Return one decision: choice, reasons for and against, runner-up, weakest grade, whether an answer could turn it."""
        settling = self.inference.settlings[decision.key]
        outcome = settling.whole
        shown = self.showing.shown(decision)
        options = list(shown) if isinstance(shown, tuple) else shown
        found: dict[str, Any] = {"choice": options}
        if decision.choose == "main_and_more":
            found = {"choice": shown[0] if isinstance(shown, tuple) else None, "also": list(shown[1:]) if isinstance(shown, tuple) else []}
        if decision.per_row:
            found[f"per_{decision.per_row}"] = {row.name or row.entity: o.choice for row, o in settling.per_row}
        if decision.shown:
            found["if_pursued"] = outcome.choice
        found["because"] = self._eased(decision) or self._because(outcome)
        found["against"] = self._against(outcome)
        found["runner_up"] = outcome.runner_up
        found["weakest_grade"] = self.explainer.weakest(outcome)
        found["provisional"] = self.provisional(decision)
        return found

    def _because(self, outcome: Outcome) -> list[dict[str, Any]]:
        return self.explainer.reasons(self.inference.behind(outcome.carried))

    def _eased(self, decision: Decision) -> list[dict[str, Any]]:
        """Return why a decision is shown otherwise than it was settled, nothing where it is not."""
        found = []
        for hiding in self.showing.hiding(decision):
            reasons = self._because(self.inference.settlings[hiding.key].whole)
            for reason in reasons[:1]:
                choice = self.speaker.value(hiding.entity, hiding.name, self.showing.settled(hiding))
                found.append({**reason, "text": f"Eased, since {hiding.title.lower()} is: {choice}."})
        return found

    def _against(self, outcome: Outcome) -> list[dict[str, Any]]:
        found = []
        for lost in outcome.lost:
            for cast in self.inference.behind((lost.cast,)):
                entry = {**self.explainer.reason(cast), "speaks_for": lost.cast.option}
                beaten = [r for r in lost.beaten_by if r in self.inference.knowledge.by_id]
                entry["beaten_by"] = beaten or list(lost.beaten_by)
                if entry not in found:
                    found.append(entry)
        return found

    def label(self, decision: Decision, value: Held | None) -> str:
        """Return a choice as people read it."""
        return Speaker(self.inference.knowledge, self.inference.world, True).value(decision.entity, decision.name, value)

    def provisional(self, decision: Decision) -> bool:
        """Return whether one open answer could turn the decision; the main one also by a law, a veto or a must."""
        changes = [c for q in self.questions for c in q.could_change]
        return any(c.decision == decision.name or (decision.main and c.rule) for c in changes)

    def parts(self) -> dict[str, Any]:
        """Return the choices that are listed under a part of the advice of their own."""
        found: dict[str, dict[str, Any]] = {}
        for decision in self.inference.knowledge.decisions:
            if decision.listed_in:
                shown = self.showing.shown(decision)
                found.setdefault(decision.listed_in, {})[decision.name] = list(shown) if isinstance(shown, tuple) else shown
        return dict(found)

    # --- lines

    @cached_property
    def said(self) -> list[Said]:
        """Every line that is said, first what matters most."""
        found: list[Said] = []
        for rule in self.inference.knowledge.rules:
            firings = self.inference.firings.get(rule.id, ())
            if not firings or rule.draft or self.showing.hides(rule):
                continue
            for line in rule.lines:
                found += self._lines(rule, line, self.showing.said(line, firings))
        return sorted(found, key=lambda said: said.key)

    @property
    def now(self) -> list[Said]:
        """Return the lines that hold as things stand: of options that were taken, and not kept for later."""
        return [s for s in self.said if not s.beaten and (not s.line.lane or self.speaks_now(s))]

    def _lines(self, rule: Rule, line: Line, firings: list[Firing]) -> Iterator[Said]:
        beaten = self._beaten(rule)
        for text, group in self.speaker.joined(line.text, firings):
            if line is rule.lines[0] and line.strength != "ask":
                text = self._qualified(text, [c for f in group for c in counted(rule, self.inference, f.rows)])
            about = ", ".join(dict.fromkeys(a for f in group if (a := self._about(line, f))))
            yield Said(rule, line, text, group, about, beaten, self._rank(rule, line), self._routine(rule))

    def _qualified(self, text: str, counted: Sequence[No | Every | Count]) -> str:
        """Return a text that rests on lists with those named that nobody has called complete."""
        entities = self.inference.knowledge.vocabulary.entities
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
        main = self.main.keys if self.main else frozenset()
        for vote in [v for v in rule.votes if v.target.key in main] or rule.votes:
            outcomes = self.inference.outcomes(vote.target.key)
            if any(c.firing.rule == rule.id for o in outcomes for c in o.carried):
                return ()
            beaten += [r for o in outcomes for lost in o.lost if lost.cast.firing.rule == rule.id for r in lost.beaten_by]
        return tuple(sorted(set(beaten)))

    def touches_main(self, rule: Rule) -> bool:
        """Return whether a rule reads the main decision or speaks on it."""
        keys = self.main.keys if self.main else frozenset()
        return bool(rule.reads & keys) or any(vote.target.key in keys for vote in rule.votes)

    def _rank(self, rule: Rule, line: Line) -> int:
        if line.strength in BINDING:
            return STRENGTHS.index(line.strength)
        if line.blocks and self.stages_until(line.blocks) in (0, 1):
            return 2
        return 3 if self.touches_main(rule) or (line.about and self._could_turn(line)) else 4

    def _routine(self, rule: Rule) -> bool:
        """Return whether a rule says what is due in every case at this place of the route: it has nothing to do with the main
        decision, and reads nothing but the place, the size and what else was decided."""
        return rule.reads <= self._course and not self.touches_main(rule)

    @cached_property
    def _course(self) -> frozenset[Key]:
        route = self.inference.knowledge.route
        decided = {key for d in self.inference.knowledge.decisions if not d.derived for key in d.keys}
        return frozenset(decided | ({route.stage.key, route.band.key} if route else set()))

    def stages_until(self, stage: str) -> int | None:
        """Return how many stages lie before one, negative where it has passed, None where either is not on the route."""
        route = self.inference.knowledge.route
        names = [s.name for s in route.stages] if route else []
        present = present_stage(self.inference)[0] if route else ""
        return names.index(stage) - names.index(present) if stage in names and present in names else None

    def _could_turn(self, line: Line) -> bool:
        assert line.about is not None
        main = self.main.name if self.main else ""
        return any(q.open and q.open[1] == line.about.attribute and any(c.decision == main for c in q.could_change) for q in self.questions)

    def advice(self) -> list[dict[str, Any]]:
        found = []
        for said in self.said:
            line = said.line
            entry: dict[str, Any] = {
                "rule": said.rule.id, "strength": line.strength, "text": said.text, "about": said.about or None,
                "lane": line.lane or None, "stage": line.stage or None, "blocks": line.blocks or None, "within": line.within,
                "source": said.rule.source, "because": self.line_because(said),
            }  # fmt: skip
            if line.whom:
                entry["whom"] = whom_of(line, said.firings[0], self.speaker)
            if said.beaten:
                entry["beaten_by"] = list(said.beaten)
            found.append(entry)
        return found

    def line_because(self, said: Said) -> list[dict[str, Any]]:
        """Return why a line is said: its rule, and the facts of all its firings."""
        grounds = dict.fromkeys(g for firing in said.firings for g in self.explainer.grounds(firing))
        return [{"rule": said.rule.id, "text": said.rule.title, "facts": self.explainer.facts(grounds)}]

    @cached_property
    def held_back(self) -> list[dict[str, Any]]:
        """Return the lines that are not said since what they need does not hold, with the reason why."""
        found = []
        for rule in self.inference.knowledge.rules:
            if not self.inference.firings.get(rule.id) or rule.draft or self.showing.hides(rule):
                continue
            firings = self.inference.firings[rule.id]
            lines = [line for line in rule.lines if len(self.showing.said(line, firings)) < len(firings)]
            if lines:
                needs = list(dict.fromkeys(f"{n.entity}.{t.attribute}" for line in lines for n in line.needs for t in n.tests))
                found.append({"rule": rule.id, "needs": ", ".join(needs), "why": " ".join(self.why_held(lines))})
        return found

    def why_held(self, lines: Iterable[Line | Sentence]) -> list[str]:
        """Return why lines are held back, a sentence for each thing that they need."""
        keys = dict.fromkeys((pattern.entity, test.attribute) for line in lines for pattern in line.needs for test in pattern.tests)
        found = []
        for key in keys:
            decision = self.inference.knowledge.settles.get(key)
            carried = self.inference.settlings[decision.key].whole.carried if decision else ()
            found += [reason["text"] for reason in self.explainer.reasons(carried)]
            if not carried:
                value = self.speaker.value(*key, self.inference.world.value(self.inference.world.single(key[0]), key[1]))
                found.append(f"{'.'.join(key)} is {value}.")
        return found

    # --- what to do

    def acts(self) -> list[Said]:
        """Return the lines that ask for something to be done now, first what matters most."""
        found = [s for s in self.said if s.line.lane and s.line.strength in ACTING and not (s.beaten and s.line.strength not in BINDING)]
        return [s for s in found if self.speaks_now(s)]

    def speaks_now(self, said: Said) -> bool:
        """Return whether a line is to be heeded while the main decision quiets the rest."""
        return not self.quiet or said.line.strength in BINDING or self.touches_main(said.rule)

    def asks_now(self, question: Question) -> bool:
        """Return whether a question is worth putting now: while the main decision quiets the rest, only one whose answers could
        turn that decision, be it together with another's, or bring a law or a veto."""
        if not question.now or not self.quiet or self.main is None:
            return question.now
        brought = any(c.decision == self.main.name or c.strength in BINDING for c in question.could_change)
        return brought or question.worth.level == "together"

    def tasks(self) -> list[tuple[str, Task]]:
        """Return what rules ask for as tasks of the plan, each with its stage (empty: the present one)."""
        route = self.inference.knowledge.route
        if route is None:
            return []
        return [(s.line.stage, Task(s.text, s.line.lane, route.lanes[s.line.lane]["owner"], rule=s.rule.id)) for s in self.acts()]

    def plan(self, plan: Plan) -> dict[str, Any]:
        found: dict[str, Any] = {
            "laid_out": "backward" if plan.calendar.deadline else "forward",
            "deadline": plan.calendar.deadline.isoformat() if plan.calendar.deadline else None,
            "fits": plan.calendar.fits,
            "notes": list(plan.notes),
            "stages": [self._leg(leg) for leg in plan.legs],
        }
        return found

    def _leg(self, leg: Leg) -> dict[str, Any]:
        lanes = {}
        for lane, tasks in leg.tasks.items():
            lanes[lane] = [
                {"text": t.text, **({"rule": t.rule} if t.rule else {"route": t.route}), "owner": t.owner, "days": t.days} for t in tasks
            ]
        return {
            "stage": leg.stage.name, "from": leg.first.isoformat(), "to": leg.last.isoformat(),
            "leave_when": leg.stage.leave_when, "produce": dict(leg.stage.produce), "lanes": lanes,
        }  # fmt: skip

    # --- the rest

    @cached_property
    def scores(self) -> list[Score]:
        """Return the numbers that scorecards gave, factor by factor."""
        return scores(self.explainer, self.showing)

    def scorecards(self) -> dict[str, Any]:
        return {".".join(score.decision.key): as_json(score, self.explainer) for score in self.scores}

    def questions_json(self) -> list[dict[str, Any]]:
        found = []
        for question in self.questions:
            changes = [
                {"decision": c.decision, "choice": c.choice} if c.decision else {"rule": c.rule, "strength": c.strength}
                for c in question.could_change
            ]
            ask, whom = question.words(self.speaker)
            worth = {"level": question.worth.level, "says": self.worth(question)} if question.open else None
            found.append({"fact": question.fact, "ask": ask, "whom": whom or None, "could_change": changes, "worth": worth})
        return found

    def worth(self, question: Question) -> str:
        """Return in a few words how the answers to a question differ."""
        said = question.worth.sentence(self.inference.knowledge, self.speaker)
        if question.idle is None:
            return said
        fact = question.idle
        attribute = self.inference.knowledge.vocabulary.attribute(*fact.key)
        assert attribute is not None
        where = f"{fact.row.name}: {attribute.words}" if fact.row.name else attribute.words
        return f"not for now ({where}: {self.speaker.value(*fact.key, fact.value)}); {said}"

    @cached_property
    def stop(self) -> str:
        """Return the line that says that no open answer can change the main decision by itself, empty where one can."""
        if self.main is None or not stopped(self.questions, self.inference.knowledge):
            return ""
        rules = sorted({way.rule for q in self.questions for way in q.worth.ways})
        only = f"; only several together could ({listed(rules[:3])}{' and others' if rules[3:] else ''})" if rules else ""
        return f"No open answer by itself can change the {self.main.title.lower()}{only}."

    def derived(self) -> dict[str, Any]:
        """Return what rules derived, by address; only what is known."""
        world = self.inference.world
        found = {}
        for decision in self.inference.knowledge.decisions:
            if decision.derived:
                for row in world.rows[decision.entity]:
                    if (value := world.value(row, decision.name)) is not None:
                        found[f"{row.address}.{decision.name}"] = value
        return dict(sorted(found.items()))

    def expired(self) -> list[dict[str, Any]]:
        """Return the facts that no longer count, and why."""
        return [
            {
                "fact": f"{s.row.address}.{s.attribute}",
                "value": s.fact.value,
                "on": s.fact.on.isoformat() if s.fact.on else None,
                "why": s.why,
            }
            for s in self.inference.world.stale
        ]

    def drafts(self) -> list[dict[str, Any]]:
        """Return what rules on trial would add."""
        found = []
        for rule in self.inference.knowledge.rules:
            for firing in self.inference.firings.get(rule.id, ()) if rule.draft else ():
                found += [{"rule": rule.id, "would_add": self._would_add(e, firing)} for e in rule.then]
        return [entry for n, entry in enumerate(found) if entry not in found[:n]]

    def _would_add(self, effect: object, firing: Firing) -> str:
        if isinstance(effect, Line):
            return self.speaker.say(effect.text, firing)
        if isinstance(effect, Vote):
            option = effect.option
            said = dict(firing.counts).get(option.name) if isinstance(option, CountRef) else option
            said = f"the score of {option.card}" if isinstance(option, ScoreRef) else said
            return f"{effect.strength}: {effect.target.entity}.{effect.target.attribute} = {said}"
        return f"against: {effect.target.entity}.{effect.target.attribute} = {effect.option}"  # type: ignore[attr-defined]
