"""Rules, decisions and the knowledge base that holds them: records only."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .conditions import Condition, CountRef, FigureRef, Key, OpenQuestions, Pattern, Ref, reads, walk
from .outlines import Outlines
from .problems import Place
from .terms import Figure, Held, Value, Vocabulary
from .texts import Sentence, Text

STRENGTHS = ("law", "veto", "must", "default", "advise", "warn", "ask", "fallback")
"""From the strongest to the weakest."""
VOTING = ("law", "veto", "must", "default", "advise", "fallback")
WORDED = ("law", "veto", "must", "advise", "warn", "ask", "fallback")


@dataclass(frozen=True)
class ScoreRef:
    """The total of a scorecard."""

    card: str


Option = Value | CountRef | ScoreRef


@dataclass(frozen=True)
class Vote:
    """Speaks for an option; `others` are alternatives that are shown."""

    strength: str
    target: Ref
    option: Option
    place: Place = field(repr=False, compare=False)
    others: tuple[str, ...] = ()
    say: Text | None = None
    first: bool = False


@dataclass(frozen=True)
class Against:
    """Takes the weaker votes for an option off the table."""

    target: Ref
    option: Value
    place: Place = field(repr=False, compare=False)
    say: Text | None = None


@dataclass(frozen=True)
class Line:
    """A line of advice and what is to be known about it; `within` so many working days it is to be done, where it cannot wait."""

    strength: str
    text: Text
    place: Place = field(repr=False, compare=False)
    lane: str = ""
    stage: str = ""
    whom: Text | None = None
    about: Ref | None = None
    blocks: str = ""
    needs: tuple[Pattern, ...] = ()
    within: int | None = None


Effect = Vote | Against | Line


@dataclass(frozen=True)
class Rule:
    """Conditions and effects with the reason, the source and the owner."""

    id: str
    title: str
    why: str
    when: tuple[Condition, ...]
    unless: tuple[Condition, ...]
    then: tuple[Effect, ...]
    source: str
    owner: str
    since: datetime.date
    place: Place = field(repr=False, compare=False)
    status: str = "in_use"
    locked: bool = False
    review_by: datetime.date | None = None
    cases: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    sha256: str = field(default="", compare=False)

    @property
    def draft(self) -> bool:
        return self.status == "draft"

    @cached_property
    def reads(self) -> frozenset[Key]:
        return reads((*self.when, *self.unless))

    @cached_property
    def waits_for_questions(self) -> bool:
        return any(isinstance(c, OpenQuestions) for c in walk((*self.when, *self.unless)))

    @cached_property
    def looks_at(self) -> frozenset[Key]:
        """All that it reads, the slots of its texts and what its lines need included."""
        texts = [text for e in self.then for text in ((e.text, e.whom) if isinstance(e, Line) else (e.say,)) if text]
        slots = frozenset(key for text in texts for key in text.reads)
        return self.reads | slots | reads(need for line in self.lines for need in line.needs)

    @property
    def votes(self) -> tuple[Vote, ...]:
        return tuple(e for e in self.then if isinstance(e, Vote))

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(e for e in self.then if isinstance(e, Line))

    @property
    def strength(self) -> str:
        """Its strongest effect, under which it is listed."""
        found = [e.strength for e in self.then if not isinstance(e, Against)]
        return min(found, key=STRENGTHS.index) if found else "advise"


@dataclass(frozen=True)
class Shown:
    """While `when` holds, a decision is shown otherwise: `option`, what it follows (`followed`), or nothing."""

    when: tuple[tuple[Ref, tuple[str, ...]], ...]
    option: str | None
    followed: bool = False
    if_voted: bool = False


@dataclass(frozen=True)
class Band:
    """A stretch of a number, up to `below` (None: to its end), and the options of a decision that go with it."""

    name: str
    says: str
    below: Value | FigureRef | None
    options: tuple[str, ...]


@dataclass(frozen=True)
class Beside:
    """A number that is shown beside a decision, in bands: it warns where the two differ and never votes."""

    target: Ref
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Decision:
    """A question that is settled by votes: a decision, or a derived fact (`derived`)."""

    entity: str
    name: str
    options: tuple[str, ...]
    place: Place = field(repr=False, compare=False)
    choose: str = "one"
    per_row: str = ""
    title: str = ""
    main: bool = False
    headline: bool = False
    derived: bool = False
    settle: str = ""
    before: tuple[tuple[str, str], ...] = ()
    unless: tuple[Condition, ...] = ()
    follows: tuple[tuple[Ref, Mapping[str, str]], ...] = ()
    shown: tuple[Shown, ...] = ()
    quiets: tuple[str, ...] = ()
    listed_in: str = ""
    sorts_cases: bool = False
    beside: tuple[Beside, ...] = ()

    @property
    def key(self) -> Key:
        """Where its value is read for the whole: a decision settled per row is held on the main entity too."""
        return (self.entity, self.name)

    @property
    def keys(self) -> frozenset[Key]:
        """Every attribute it sets."""
        return frozenset({self.key, (self.per_row or self.entity, self.name)})

    @cached_property
    def reads(self) -> frozenset[Key]:
        return reads(self.unless) | {ref.key for ref, _ in self.follows}

    def held(self, options: Sequence[Value]) -> Held | None:
        """Return the options taken as facts hold them: one value, or all of them where it takes many; None where none was."""
        if self.choose == "one":
            return options[0] if options else None
        return tuple(str(option) for option in options) or None


@dataclass(frozen=True)
class ScoreRow:
    """One row of a scorecard: where the condition holds, the factor earns the points."""

    factor: str
    condition: tuple[Condition, ...]
    points: int | float
    place: Place = field(repr=False, compare=False)


@dataclass(frozen=True)
class Scorecard:
    """Factors with their rows; a factor earns its best row, nothing where none is known to hold."""

    name: str
    place: Place = field(repr=False, compare=False)
    factors: tuple[tuple[str, tuple[ScoreRow, ...]], ...]

    @property
    def most(self) -> int | float:
        """The total when every factor earns its best row."""
        return sum(max(row.points for row in rows) for _, rows in self.factors)

    @cached_property
    def reads(self) -> frozenset[Key]:
        return reads(c for _, rows in self.factors for row in rows for c in row.condition)


@dataclass(frozen=True)
class Activity:
    """A line of the route: something that a stage asks for."""

    id: str
    says: Sentence
    lane: str
    days: int | None = None


@dataclass(frozen=True)
class Stage:
    name: str
    title: str
    days: Mapping[str, int]
    leave_when: str
    produce: Mapping[str, str]
    activities: tuple[Activity, ...]


@dataclass(frozen=True)
class Quiet:
    """How the present stage ends while the main decision quiets the plan, within so many working days where said."""

    leave_when: str
    days: int | None = None


@dataclass(frozen=True)
class End:
    """A stage that the date ends while conditions hold; `say` is how the date was read, where that is not plain."""

    stage: str
    when: tuple[Condition, ...]
    say: str = ""


@dataclass(frozen=True)
class Route:
    """The stages in order, two lanes beside each other, and the date that may end one of them; from `arrived` on what the way was
    gone for is reached."""

    stage: Ref
    band: Ref
    assume: Mapping[str, str]
    lanes: Mapping[str, Mapping[str, str]]
    stages: tuple[Stage, ...]
    deadline: Ref | None = None
    quiet: Mapping[str, Quiet] = field(default_factory=dict)
    ends: tuple[End, ...] = ()
    arrived: str = ""


@dataclass(frozen=True, eq=False)
class Knowledge:
    """A knowledge base, checked and ready: `strata` are the rules and decisions in the order they can be worked out."""

    vocabulary: Vocabulary
    figures: Mapping[str, Figure]
    decisions: tuple[Decision, ...]
    rules: tuple[Rule, ...]
    scorecards: Mapping[str, Scorecard]
    route: Route | None
    strata: tuple[Stratum, ...]
    outlines: Outlines | None = None
    sha256: str = ""

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def settles(self) -> dict[Key, Decision]:
        """The decision behind every attribute that rules set."""
        return {key: decision for decision in self.decisions for key in decision.keys}

    @cached_property
    def voters(self) -> dict[Key, tuple[Rule, ...]]:
        """The rules that speak on each decision, in id order; drafts and rules that wait for questions do not count."""
        found: dict[Key, dict[str, Rule]] = {}
        for stratum in self.strata:
            for rule in stratum.rules:
                for effect in rule.then:
                    if not isinstance(effect, Line):
                        found.setdefault(self.settles[effect.target.key].key, {})[rule.id] = rule
        return {key: tuple(rules[i] for i in sorted(rules)) for key, rules in found.items()}

    @cached_property
    def late_rules(self) -> tuple[Rule, ...]:
        """The rules outside the strata: drafts, and those that count the open questions."""
        return tuple(rule for rule in self.rules if rule.draft or rule.waits_for_questions)

    @cached_property
    def strong_effects(self) -> dict[str, tuple[tuple[int, Vote | Line], ...]]:
        """The effects of law, veto and must with their place in the rule, by rule id."""
        strong = STRENGTHS[:3]
        found = {}
        for rule in self.strong_rules:
            effects = [(n, e) for n, e in enumerate(rule.then) if not isinstance(e, Against) and e.strength in strong]
            found[rule.id] = tuple(effects) if not rule.draft else ()
        return found

    @cached_property
    def strong_rules(self) -> tuple[Rule, ...]:
        """The rules with an effect of law, veto or must."""
        strong = STRENGTHS[:3]
        return tuple(r for r in self.rules if any(not isinstance(e, Against) and e.strength in strong for e in r.then))

    @cached_property
    def deciding_rules(self) -> tuple[Rule, ...]:
        """The rules with an effect of law, veto or must, and those that vote on the main decision."""
        main = self.main.keys if self.main else frozenset()
        speaking = [r for r in self.rules if any(vote.target.key in main for vote in r.votes)]
        return tuple(sorted({r.id: r for r in (*self.strong_rules, *speaking) if not r.draft}.values(), key=lambda r: r.id))

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The ids of the deciding rules."""
        return frozenset(rule.id for rule in self.deciding_rules)

    @cached_property
    def main(self) -> Decision | None:
        return next((d for d in self.decisions if d.main), None)


@dataclass(frozen=True, eq=False)
class Stratum:
    """Rules that read only what is settled below, and the decisions that can be settled after them."""

    rules: tuple[Rule, ...]
    settles: tuple[Decision, ...]
