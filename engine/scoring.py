"""Lays a scorecard out for one case: what each factor earns and why, what is not known, and where the total differs
from the decision that it is shown beside. The total never votes here; it was worked out with the other facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .asking import vocabulary_asks
from .conditions import FigureRef, patterns, walk
from .evaluating import FALSE, TRUE, UNKNOWN, Evaluator, Node, Verdict, disjunction
from .explaining import Explainer, Ground, Listed, supporting
from .rules import Band, Beside, Decision, Rule, Scorecard, ScoreRef, ScoreRow, Vote
from .showing import Showing
from .terms import Value
from .world import Cell


@dataclass(frozen=True)
class Earned:
    """What a factor earns: `points` is None where what it asks is not known. `best` is what it earns once all it asks is
    known, if all goes well; `asks` are the questions that tell."""

    factor: str
    points: int | float | None
    of: int | float
    best: int | float
    grounds: tuple[Ground, ...]
    asks: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Score:
    """A number that a scorecard gave, factor by factor; `differs` says where the decision beside it is another."""

    decision: Decision
    points: Value
    of: int | float
    factors: tuple[Earned, ...]
    band: Band | None
    differs: str

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(earned.factor for earned in self.factors if earned.points is None)


def scores(explainer: Explainer, showing: Showing) -> list[Score]:
    """Return every number of the case that a scorecard gave."""
    inference = explainer.inference
    found = []
    for decision in inference.knowledge.decisions:
        card = _carrying(decision, explainer)
        value = inference.world.value(inference.world.single(decision.entity), decision.name) if card else None
        if card is not None and isinstance(value, int | float):
            found.append(_Scoring(explainer, showing, card).score(decision, value))
    return found


def _carrying(decision: Decision, explainer: Explainer) -> Scorecard | None:
    """Return the scorecard whose total carried a derived number."""
    inference = explainer.inference
    if not decision.derived or decision.options:
        return None
    for cast in inference.settlings[decision.key].whole.carried:
        effect = _effect(inference.knowledge.by_id.get(cast.firing.rule), cast.effect)
        if isinstance(effect, Vote) and isinstance(effect.option, ScoreRef):
            return inference.knowledge.scorecards[effect.option.card]
    return None


def _effect(rule: Rule | None, number: int) -> object:
    return rule.then[number] if rule else None


@dataclass
class _Scoring:
    explainer: Explainer
    showing: Showing
    card: Scorecard

    def __post_init__(self) -> None:
        self.knowledge = self.explainer.inference.knowledge
        self.world = self.explainer.inference.world
        self.evaluator = Evaluator(self.world, self.knowledge)

    def score(self, decision: Decision, value: int | float) -> Score:
        factors = tuple(self._factor(name, rows) for name, rows in self.card.factors)
        for other in self.knowledge.decisions:
            for beside in other.beside:
                if beside.target.key == decision.key:
                    band = next(b for b in beside.bands if b.below is None or value < self._limit(b))
                    return Score(decision, value, self.card.most, factors, band, self._differs(value, beside, band, other, factors))
        return Score(decision, value, self.card.most, factors, None, "")

    # --- factors

    def _factor(self, name: str, rows: tuple[ScoreRow, ...]) -> Earned:
        """Return what a factor earns: its best row that holds; nothing is known where none holds and one may."""
        tried = [(row, *self._row(row)) for row in rows]
        of = max(row.points for row in rows)
        best = max((row.points for row, verdict, _ in tried if verdict is not FALSE), default=0)
        holding = [(row.points, nodes) for row, verdict, nodes in tried if verdict is TRUE]
        if holding:
            points, nodes = max(holding, key=lambda found: found[0])
            return Earned(name, points, of, best, _once(g for node in nodes for g in supporting(node)), ())
        known = disjunction(verdict for _, verdict, _ in tried) is FALSE
        cells = [node.cell for _, _, nodes in tried for top in nodes for node in top.walk() if node.cell]
        grounds: list[Ground] = [cell for cell in cells if known or cell.value is None]
        grounds += self._empty(rows)
        asks = () if known else tuple(dict.fromkeys(self._asks(grounds)))
        return Earned(name, 0 if known else None, of, best, _once(iter(grounds)), asks)

    def _row(self, row: ScoreRow) -> tuple[Verdict, list[Node]]:
        verdict, nodes = self.evaluator.some(row.condition, self.evaluator.base, {})
        return (UNKNOWN if verdict is FALSE and [*self._empty((row,))] else verdict), nodes

    def _empty(self, rows: tuple[ScoreRow, ...]) -> Iterator[Ground]:
        """Yield the lists in which nothing is recorded though they are not said to be whole."""
        for entity in {p.entity: None for row in rows for c in walk(row.condition) for p, _ in patterns(c)}:
            if entity in self.world.incomplete and not self.world.rows[entity]:
                yield Listed(entity, "none recorded")

    def _asks(self, grounds: list[Ground]) -> Iterator[tuple[str, str]]:
        vocabulary = self.knowledge.vocabulary
        for ground in grounds:
            if isinstance(ground, Listed):
                yield vocabulary.entities[ground.what].who_else, ""
            elif isinstance(ground, Cell) and (attribute := vocabulary.attribute(*ground.key)) and attribute.ask:
                yield vocabulary_asks(ground.row, attribute, self.explainer.inference)

    # --- the band, and the decision beside it

    def _limit(self, band: Band) -> float:
        value = self.knowledge.figures[band.below.name].value if isinstance(band.below, FigureRef) else band.below
        return float(value)  # type: ignore[arg-type]

    def _differs(self, value: Value, beside: Beside, band: Band, decision: Decision, factors: tuple[Earned, ...]) -> str:
        shown = self.showing.shown(decision)
        if shown is None or shown in band.options:
            return ""
        choice = self.explainer.speaker.value(decision.entity, decision.name, shown)
        said = f"The score of {value} of {self.card.most} would say: {band.says}. {decision.title} is: {choice}."
        best = sum(earned.best for earned in factors)
        if best > float(value):
            reached = next(b for b in beside.bands if b.below is None or best < self._limit(b))
            other = f", and would say: {reached.says}" if reached != band else ""
            said += f" What is not known earns nothing; at its best the score would be {best}{other}."
        return f"{said} The rules decide and the score only warns: find out which of the two leaves something out."


def _once(grounds: Iterator[Ground]) -> tuple[Ground, ...]:
    return tuple(dict.fromkeys(grounds))


def as_json(score: Score, explainer: Explainer) -> dict[str, Any]:
    """Return a score as the advice gives it."""
    return {
        "points": score.points, "of": score.of, "band": score.band.name if score.band else None,
        "factors": [
            {"factor": e.factor, "points": e.points, "of": e.of, "known": e.points is not None, "because": explainer.facts(e.grounds)}
            for e in score.factors
        ],
        "unknown": list(score.unknown), "differs": score.differs or None,
    }  # fmt: skip
