"""Finds what is worth asking: each fact not known is tried at each of its values, and the questions stand in the order of
what their answers would settle.

No answer that makes the advice stricter can stay unasked. What changes nothing by itself, though a rule waits for it, stands
last in the list, and whoever asks only the best leaves it out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .conditions import Count, CountRef, Every, No, walk
from .evaluating import FALSE, matches
from .explaining import absent
from .inferring import Inference
from .limits import Open, unknown
from .rules import Knowledge, Line, Rule
from .settling import Firing
from .showing import Showing
from .terms import Attribute, Channel, first_asked
from .waiting import Waiting
from .weighing import LEVELS, NOTHING, Change, Weighing, Worth
from .wording import Speaker
from .world import Cell, World, WorldRow


@dataclass(frozen=True)
class Question:
    """A question: the fact it fills (or the entity whose list is not whole), its words, and what answers could change."""

    fact: str
    ask: str
    whom: str
    could_change: tuple[Change, ...] = ()
    worth: Worth = NOTHING
    open: Open | None = field(default=None, compare=False)
    worded: tuple[Line, Firing] | None = field(default=None, compare=False)
    idle: Cell | None = field(default=None, compare=False)
    """The known fact because of which it is not to be asked for now."""

    @property
    def now(self) -> bool:
        """Whether it is worth asking as the case stands: its answers differ, and nothing known rules it out."""
        return self.open is None or (self.worth.level != "nothing" and self.idle is None)

    def words(self, speaker: Speaker) -> tuple[str, str]:
        """Return the question and whom to ask, in the words of a rule that asks, else in the vocabulary's."""
        if self.worded is None:
            return self.ask, self.whom
        line, firing = self.worded
        return speaker.say(line.text, firing), whom_of(line, firing, speaker) or self.whom


def questions(base: Inference) -> list[Question]:
    """Return all open questions, best first: by where their answers differ, then those that rules ask in this case, those of
    the present stage, those that can be asked at home, those whose answers differ most evenly; at the end who else there is."""
    asking = Asking(base)
    found = [question for cell in unknown(base.world, base.knowledge) if (question := asking.about(cell))]
    return [*_in_order([(*asking.place(question, order), question) for order, question in enumerate(found)]), *_lists(base, asking.shown)]


class Asking:
    """What is worth asking on one case."""

    def __init__(self, base: Inference):
        self.base = base
        self.waiting, self.weighing, self.wording = Waiting(base), Weighing(base), _Wording(base)
        self.shown = self.weighing.shown
        self.barred = channel(base.knowledge, base.world) is not None
        self.stale = {(s.row, s.attribute) for s in base.world.stale}

    def about(self, cell: Open) -> Question | None:
        """Return the question for a fact that is not known; None where no answer matters and nothing waits for one."""
        waited_for = cell in self.waiting.all
        changes, worth = self.weighing.tried(cell, self.waiting.ways.get(cell, ()), waited_for, cell in self.waiting.holes)
        if not changes and worth.level == "nothing" and not waited_for and cell not in self.stale:
            return None
        row, name = cell
        ask, whom = vocabulary_asks(row, self._attribute(cell), self.base)
        return Question(f"{row.address}.{name}", ask, whom, changes, worth, cell, self.wording.worded.get(cell), self._idle(cell))

    def place(self, question: Question, order: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """Return the rank of a question among others, and its place in the rank."""
        cell = question.open
        assert cell is not None
        unasked, elsewhere = question.worded is None, cell not in self.waiting.of_this_stage
        away = not self._attribute(cell).at_hand
        key = (self.barred and self._away(question, away), unasked, elsewhere, away, question.worth.largest, order)
        if question.idle and question.worth.level != "nothing":
            return (3, len(LEVELS), LEVELS.index(question.worth.level)), key
        return _rank(question.worth, unasked and elsewhere, self.wording.silent_on(cell)), key

    def _away(self, question: Question, away: bool) -> bool:
        """Return whether a question is put to somebody who is not at hand, where a rule says to whom in its words."""
        line = question.worded[0] if question.worded else None
        if line is None or line.whom is None:
            return away
        return first_asked(str(line.whom.parts[0])) not in self.base.knowledge.vocabulary.at_hand

    def _idle(self, cell: Open) -> Cell | None:
        """Return the known fact because of which a question is not to be asked for now."""
        world = self.base.world
        for (entity, name), words in self._attribute(cell).asked_when:
            fact = world.cell(cell[0] if entity == cell[0].entity else world.single(entity), name)
            if fact.value is not None and fact.value not in words:
                return fact
        return None

    def _attribute(self, cell: Open) -> Attribute:
        return self.base.knowledge.vocabulary.entities[cell[0].entity].attributes[cell[1]]


def _rank(worth: Worth, elsewhere: bool, silent: bool) -> tuple[int, ...]:
    """Return the place of a question among others: what the answers change in the headline comes first; then what a rule asks
    or this stage waits for; then the rest; then what the rules that would ask for it say is not to be asked here."""
    level = LEVELS.index(worth.level)
    if worth.level == "decision":
        return (0, level, -worth.places)
    if worth.level == "nothing":
        return (4, level, worth.ways[0].facts if worth.ways else 99)
    if silent or worth.level == "words":
        return (3, level)
    return (1, level, -worth.places) if worth.level == "headline" else (2, elsewhere, level)


def _in_order(found: Sequence[tuple[tuple[int, ...], tuple[float, ...], Question]]) -> list[Question]:
    """Return questions by rank and key; of several rows' the best comes first, the others behind all of that rank."""
    asked: Counter[tuple[object, ...]] = Counter()
    placed = []
    for rank, key, question in sorted(found, key=lambda entry: entry[:2]):
        assert question.open is not None
        kind = (rank, question.open[0].entity, question.open[1])
        placed.append((rank, asked[kind], key, question))
        asked[kind] += 1
    return [entry[-1] for entry in sorted(placed, key=lambda entry: entry[:3])]


class _Wording:
    """The rules that ask for a fact: in whose words it is asked, and whether it is worth asking for in this case."""

    def __init__(self, base: Inference):
        self.worded: dict[Open, tuple[Line, Firing]] = {}
        self.silent: set[tuple[str, str]] = set()
        for rule in base.knowledge.rules:
            lines = [line for line in rule.lines if line.strength == "ask" and line.about is not None] if not rule.draft else []
            for line in lines:
                assert line.about is not None
                for firing in base.firings.get(rule.id, ()):
                    row = dict(firing.rows).get(line.about.name) or base.world.single(line.about.entity)
                    self.worded.setdefault((row, line.about.attribute), (line, firing))
            if lines and all(match.tree.verdict is FALSE for match in matches(rule, base.world, base.knowledge)):
                self.silent.update(line.about.key for line in lines if line.about)

    def silent_on(self, cell: Open) -> bool:
        """Return whether there are rules that ask for a fact, and none of them could in this case."""
        return (cell[0].entity, cell[1]) in self.silent and cell not in self.worded


def stopped(questions: list[Question], knowledge: Knowledge) -> bool:
    """Return whether no answer that is still open can change the main decision by itself."""
    main = knowledge.main
    return main is not None and not any(c.decision == main.name for q in questions for c in q.could_change)


def vocabulary_asks(row: WorldRow, attribute: Attribute, base: Inference) -> tuple[str, str]:
    """Return the vocabulary's question for an attribute of a row, and whom to ask as the case stands."""
    whom = reached(attribute.whom, base.knowledge, base.world)
    return attribute.ask.replace("{name}", row.name or f"the {row.entity}"), whom


def whom_of(line: Line, firing: Firing, speaker: Speaker) -> str:
    """Return whom a rule names for what it asks, as the case stands; empty where it names nobody."""
    if line.whom is None:
        return ""
    said, first = speaker.say(line.whom, firing), line.whom.parts[0]
    said = first[:1] + said[1:] if isinstance(first, str) else said  # it stands inside a sentence
    return reached(said, speaker.knowledge, speaker.world)


def channel(knowledge: Knowledge, world: World) -> Channel | None:
    """Return the one way there is to those who are not at hand, None where they can be asked as they are."""
    found = knowledge.vocabulary.channel
    return found if found and world.value(world.single(found.key[0]), found.key[1]) in found.words else None


def reached(whom: str, knowledge: Knowledge, world: World) -> str:
    """Return whom to ask as the case stands."""
    way = channel(knowledge, world)
    return way.reached(whom, knowledge.vocabulary.at_hand) if way else whom


def _lists(base: Inference, shown: Showing) -> Iterator[Question]:
    """Yield a question for each list that is not said to be whole though something advised rests on what is not in it."""
    entities = {c.pattern.entity for rule, firing in shown.said_firings() for c in counted(rule, base, firing.rows)}
    for entity in base.knowledge.vocabulary.entities.values():
        if entity.name in entities and entity.name in base.world.incomplete and entity.who_else:
            yield Question(entity.many, entity.who_else, "")


def counted(rule: Rule, base: Inference, rows: tuple[tuple[str, WorldRow], ...]) -> list[No | Every | Count]:
    """Return the conditions that let a rule fire by what is recorded of a list as a whole, also where a derived fact that it
    reads is such a number."""
    found = [count for key in sorted(rule.reads) for count in _lengths(key, base.knowledge)]
    if not any(isinstance(c, No | Every | Count) for c in walk(rule.when)):
        return found
    for match in matches(rule, base.world, base.knowledge, only_firing=True):
        if match.rows == rows:
            found += [node.item for node in absent(match.tree) if isinstance(node.item, No | Every | Count)]
    return found


def _lengths(key: tuple[str, str], knowledge: Knowledge) -> Iterator[No | Every | Count]:
    """Yield the counts that give an attribute its value."""
    decision = knowledge.settles.get(key)
    for rule in knowledge.voters.get(decision.key, ()) if decision else ():
        names = {vote.option.name for vote in rule.votes if isinstance(vote.option, CountRef)}
        yield from (c for c in rule.when if isinstance(c, Count) and c.name in names)
