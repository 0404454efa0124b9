"""Reads decisions.yaml, and turns derived facts into the same records: both are settled in one way."""

from __future__ import annotations

from collections.abc import Mapping as Map
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ..conditions import FigureRef, Ref
from ..problems import Place, Problem, one_of
from ..rules import Band, Beside, Decision, Shown
from ..terms import Attribute, Value, Vocabulary
from .conditions import Reader
from .forms import Form, Word, Words, as_texts, each, key_place, place_of
from .nodes import Mapping, Node, Scalar
from .terms import AttributeForm, Dotted, YesNo

Choices = Annotated[tuple[str, ...], BeforeValidator(as_texts)]


class ShownForm(Form):
    when: dict[str, Choices]
    as_: str
    if_: Literal["voted"] | None = None

    model_config = {**Form.model_config, "alias_generator": lambda name: name.rstrip("_")}


class BandForm(Form):
    band: Word
    says: str
    goes_with: Choices
    below: str | None = None


class DecisionForm(Form):
    title: str
    meaning: str
    of: str
    options: tuple[Word, ...] | dict[Word, str]
    choose: Literal["one", "main_and_more", "many"] = "one"
    main: YesNo = "no"
    headline: YesNo = "no"
    sorts_cases: YesNo = "no"
    before: dict[str, str] = {}
    unless: Any = None
    follows: dict[str, dict[str, str]] = {}
    shown: tuple[ShownForm, ...] = ()
    quiets: Words = ()
    listed_in: Word | None = None
    beside: dict[Dotted, tuple[BandForm, ...]] = {}


class Decisions:
    """The forms of all decisions, first as words of the vocabulary, then (when those are known) as records."""

    def __init__(self, node: Node | None, vocabulary: Vocabulary, problems: list[Problem]):
        self.node = node
        self.problems = problems
        forms = each(DecisionForm, node, problems, "a decision", "K221")
        self.forms = {n: f for n, f in forms.items() if self._usable(n, f, vocabulary)}
        self.mistaken = {key.text for key, _ in node.pairs} - self.forms.keys() if isinstance(node, Mapping) else set()

    def _usable(self, name: str, form: DecisionForm, vocabulary: Vocabulary) -> bool:
        if len(set(form.options)) != len(form.options) or not form.options:
            self._wrong("K228", f"the options of decision {name} are none, or one stands twice", (name, "options"))
            return False
        if "unknown" in form.options:
            help = "in conditions it means that nothing is known; choose another name"
            self._wrong("K228", f"'unknown' cannot be an option of {name}", (name, "options"), help)
            return False
        entity = vocabulary.entities.get(form.of)
        if entity is None or not (entity.many or entity.holds_decisions):
            self._wrong("K222", f"decision {name} is `of` {form.of!r}, which is no entity with rows or decisions", (name, "of"))
            return False
        taken = vocabulary.attribute(form.of, name) or vocabulary.attribute(vocabulary.main, name)
        if taken:
            self._wrong("K223", f"{name!r} is an attribute already", (name,), also=taken.place)
            return False
        return True

    def _wrong(self, code: str, message: str, path: tuple[int | str, ...], help: str = "", also: Place | None = None) -> None:
        assert self.node is not None
        place, _ = place_of(self.node, path)
        self.problems.append(Problem(code, message, (place, also) if also else (place,), help))

    def attributes(self, main: str) -> list[Attribute]:
        """Return the decisions as attributes; one that is settled per row is also held on the main entity."""
        found: list[Attribute] = []
        if self.node is None:
            return found
        for name, form in self.forms.items():
            place = key_place(self.node, (name,))
            labels = dict(form.options) if isinstance(form.options, dict) else {}
            for entity in sorted({form.of, main}):
                many = form.choose != "one"
                found.append(Attribute(entity, name, place, form.meaning, tuple(form.options), labels, decided=True, takes_many=many))
        return found

    def records(self, reader: Reader) -> list[Decision]:
        """Return the decisions as records, checked against each other. Problems are added."""
        found: list[Decision] = []
        if self.node is None:
            return found
        for name, form in self.forms.items():
            vocabulary = reader.vocabulary
            options = tuple(form.options)
            unless_node = self.node.get(name).get("unless") if isinstance(self.node, Mapping) else None  # type: ignore[union-attr]
            for key, words in (("quiets", form.quiets), ("before", (*form.before, *form.before.values()))):
                for word in words:
                    if word not in options:
                        self._wrong("K224", f"{word!r} is no option of {name}", (name, key), one_of(word, options))
            self._check_order(name, form)
            found.append(
                Decision(
                    vocabulary.main,
                    name,
                    options,
                    key_place(self.node, (name,)),
                    form.choose,
                    "" if form.of == vocabulary.main else form.of,
                    form.title,
                    form.main == "yes",
                    form.headline == "yes",
                    before=tuple(form.before.items()),
                    unless=reader.conditions(unless_node, reader.scope()),
                    follows=tuple(f for path, to in form.follows.items() if (f := self._follows(name, path, to, options, vocabulary))),
                    shown=tuple(s for i, entry in enumerate(form.shown) if (s := self._shown(name, i, entry, options, vocabulary))),
                    quiets=form.quiets,
                    listed_in=form.listed_in or "",
                    sorts_cases=form.sorts_cases == "yes",
                    beside=tuple(b for word, bands in form.beside.items() if (b := self._beside(name, word, bands, reader))),
                )
            )
        if sum(d.main for d in found) > 1:
            places = tuple(d.place for d in found if d.main)
            self.problems.append(Problem("K225", "only one decision is the main one", places))
        return found

    def _check_order(self, name: str, form: DecisionForm) -> None:
        """Note an order of options that goes in a circle, and an `unless` without one."""
        try:
            TopologicalSorter({later: {earlier} for earlier, later in form.before.items()}).prepare()
        except CycleError as error:
            ring = " before ".join(dict.fromkeys(reversed(error.args[1])))
            self._wrong("K229", f"the options of {name} cannot all stand before each other: {ring}", (name, "before"), "take one out")
        if form.unless is not None and not form.before:
            help = "write before: {option: other option}, or take it out"
            self._wrong("K229", f"{name} says `unless` and not what stands `before` what", (name, "unless"), help)

    def _target(self, word: str, path: tuple[int | str, ...], vocabulary: Vocabulary) -> tuple[Ref, Attribute] | None:
        entity, _, name = word.partition(".")
        attribute = vocabulary.attribute(entity, name)
        if attribute is None or not attribute.decided or vocabulary.entities[entity].many:
            known = [f"{vocabulary.main}.{decision}" for decision in self.forms]
            if name not in self.mistaken:
                self._wrong("K226", f"{word!r} is no decision", path, one_of(word, known))
            return None
        return Ref(entity, name, entity), attribute

    def _words(self, words: tuple[str, ...], allowed: tuple[str, ...], what: str, path: tuple[int | str, ...]) -> None:
        for word in words:
            if word not in allowed:
                self._wrong("K224", f"{word!r} is no option of {what}", path, one_of(word, allowed))

    def _follows(
        self, name: str, word: str, to: Map[str, str], options: tuple[str, ...], vocabulary: Vocabulary
    ) -> tuple[Ref, Map[str, str]] | None:
        path = (name, "follows", word)
        target = self._target(word, path, vocabulary)
        if target is None:
            return None
        self._words(tuple(to), target[1].values, word, path)
        self._words(tuple(to.values()), options, name, path)
        return target[0], to

    def _shown(self, name: str, index: int, form: ShownForm, options: tuple[str, ...], vocabulary: Vocabulary) -> Shown | None:
        path = (name, "shown", index)
        tests = []
        for word, choices in form.when.items():
            target = self._target(word, (*path, "when", word), vocabulary)
            if target is None:
                return None
            self._words(choices, target[1].values, word, (*path, "when", word))
            tests.append((target[0], choices))
        special = form.as_ in ("nothing", "followed") and form.as_ not in options
        if not special:
            self._words((form.as_,), options, name, (*path, "as"))
        option = None if special else form.as_
        return Shown(tuple(tests), option, form.as_ == "followed" and special, form.if_ == "voted")

    def _beside(self, name: str, word: str, forms: tuple[BandForm, ...], reader: Reader) -> Beside | None:
        """Return the bands of a number beside a decision: upward, each option of the decision in one of them."""
        path: tuple[int | str, ...] = (name, "beside", word)
        entity, _, short = word.partition(".")
        attribute = reader.vocabulary.attribute(entity, short)
        if attribute is None or not (attribute.numeric and attribute.derived) or reader.vocabulary.entities[entity].many:
            self._wrong("K251", f"{word!r} is no number that rules derive for the whole", path, "a score is one, say")
            return None
        options = tuple(self.forms[name].options)
        taken = [option for form in forms for option in form.goes_with]
        self._words(tuple(taken), options, name, path)
        for option in options:
            if taken.count(option) != 1:
                self._wrong("K252", f"{option!r} goes with {taken.count(option)} bands of {word}", path, "each option goes with one band")
        bands = tuple(Band(f.band, f.says, self._below(f, (*path, n), attribute, reader), f.goes_with) for n, f in enumerate(forms))
        if any(form.below in reader.mistaken for form in forms):
            return None
        limits = [reader.figures[b.below.name].value if isinstance(b.below, FigureRef) else b.below for b in bands]
        if not bands or limits[-1] is not None or None in limits[:-1] or limits[:-1] != sorted(set(limits[:-1])):  # type: ignore[type-var]
            self._wrong("K253", f"the bands of {word} do not go upward", path, "each but the last says `below`, higher than the one before")
            return None
        return Beside(Ref(entity, short, entity), bands)

    def _below(self, form: BandForm, path: tuple[int | str, ...], attribute: Attribute, reader: Reader) -> Value | FigureRef | None:
        if form.below is None:
            return None
        found = reader.operand(Scalar(form.below, place_of(self.node, (*path, "below"))[0]), attribute, reader.scope())  # type: ignore[arg-type]
        if isinstance(found, FigureRef) and found.by is None:
            return found
        if isinstance(found, int | float):
            return found
        if found is not None:
            self._wrong("K254", f"{form.below!r} is no fixed number", (*path, "below"), "write a number, or a figure with one value")
        return None


def derived_records(vocabulary: Vocabulary, derived: Map[tuple[str, str], AttributeForm], problems: list[Problem]) -> list[Decision]:
    """Return the derived facts as decisions that take one option, in the order that `settle` gives."""
    found = []
    for (entity, name), form in derived.items():
        attribute = vocabulary.entities[entity].attributes[name]
        order = form.settle if isinstance(form.settle, tuple) else ()
        if attribute.numeric == bool(order) or form.settle is None or set(order) != set(attribute.values):
            help = "settle: lowest or highest" if attribute.numeric else "list all its values, the one that wins first"
            problems.append(Problem("K227", f"{entity}.{name} does not say how rules that disagree are settled", (attribute.place,), help))
            continue
        many = entity if vocabulary.entities[entity].many else ""
        settle = form.settle if isinstance(form.settle, str) else ""
        found.append(Decision(entity, name, order, attribute.place, per_row=many, title=attribute.meaning, derived=True, settle=settle))
    return found
