"""Reads conditions: the `when` and `unless` of rules, the cells of scorecards, the conditions of decisions and route."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from ..conditions import (
    BOUNDS,
    AnyOf,
    Condition,
    Count,
    CountRef,
    Every,
    FigureRef,
    No,
    OpenQuestions,
    Operand,
    Pattern,
    Ref,
    Settled,
    Test,
    circular_counts,
)
from ..problems import Place, Problem, one_of
from ..rules import STRENGTHS
from ..terms import Attribute, Figure, Vocabulary
from .nodes import Mapping, Node, Scalar, Sequence
from .terms import number

KEYWORDS = ("no", "every", "count", "any", "settled", "unsettled", "open_questions")
_DOTTED = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass
class Scope:
    """The names that stand for rows, with their entities, and the names of counts."""

    rows: dict[str, str]
    counts: set[str] = field(default_factory=set)

    def inner(self) -> Scope:
        return Scope(dict(self.rows), set(self.counts))


@dataclass
class Reader:
    """Reads conditions against a vocabulary and figures; what is wrong goes to `problems`."""

    vocabulary: Vocabulary
    figures: Map[str, Figure]
    problems: list[Problem]

    def wrong(self, code: str, message: str, place: Place, help: str = "") -> None:
        self.problems.append(Problem(code, message, (place,), help))

    def scope(self) -> Scope:
        """Return the scope every rule starts with: the entities that have one row."""
        return Scope({name: name for name, entity in self.vocabulary.entities.items() if not entity.many})

    def conditions(self, node: Node | None, scope: Scope, always: bool = False) -> tuple[Condition, ...]:
        """Return the conditions of a list; the names they bind are added to `scope`. `always` may stand for the list."""
        if node is None:
            return ()
        help = f"write {'`always`, or ' if always else ''}a list of conditions"
        if isinstance(node, Scalar):
            if node.text != "always" or not always:
                message = f"{node.text!r} is no condition" if node.text else "here a condition is missing"
                self.wrong("R201", message, node.place, help)
            return ()
        items = node.items if isinstance(node, Sequence) else (node,)
        if not items:
            self.wrong("R201", "here a condition is missing", node.place, help)
        for item in items:
            self._bind(item, scope)
        found = tuple(c for item in items if self._is_condition(item, scope) and (c := self._condition(item, scope)))
        if stuck := circular_counts(found):
            names = " and ".join(count.name for count in stuck)
            self.problems.append(Problem("R229", f"the counts wait for each other: {names}", tuple(count.place for count in stuck)))
        return found

    def _is_condition(self, item: Node, scope: Scope) -> bool:
        if isinstance(item, Scalar) and item.text == "always":
            self.wrong("R202", "`always` is the whole `when`, not one condition of a list", item.place, "write `when: always`")
        elif not isinstance(item, Mapping):
            entity = item.text if isinstance(item, Scalar) and item.text in self.vocabulary.entities else self.vocabulary.main
            help = f"write, say, `- {entity}: {{attribute: value}}`"
            self.wrong("R203", "a condition is written `entity: {tests}`", item.place, help)
        elif len(item.pairs) != 1:
            place = item.pairs[1][0].place if item.pairs else item.place
            self.wrong("R204", "one condition has one key", place, "start a list item of its own with `- `")
        else:
            key = item.pairs[0][0]
            if key.text in KEYWORDS or key.text in self.vocabulary.entities:
                return True
            if key.text in scope.rows:
                entity = scope.rows[key.text]
                self.wrong("R205", f"{key.text!r} is a row's name, not an entity", key.place, f"write `{entity}: {{as: {key.text}, ...}}`")
            else:
                words = [*self.vocabulary.entities, *KEYWORDS]
                self.wrong("R206", f"{key.text!r} is neither an entity nor a condition word", key.place, one_of(key.text, words))
        return False

    def _bind(self, item: Node, scope: Scope) -> None:
        """Add the names that an item of a list makes, so that the order of the list plays no part."""
        if not isinstance(item, Mapping) or len(item.pairs) != 1:
            return
        key, value = item.pairs[0]
        if not isinstance(value, Mapping):
            return
        alias = value.get("as")
        if key.text in self.vocabulary.entities:
            self._name_row(self._row_name(key.text, value), key.text, scope, alias.place if alias else key.place)
        elif key.text == "count" and isinstance(alias, Scalar):
            if alias.text in scope.counts or alias.text in scope.rows or not self._free(alias.text):
                self.wrong("R207", f"{alias.text!r} cannot name a count here", alias.place, "choose a word of its own")
            scope.counts.add(alias.text)

    def _row_name(self, entity: str, tests: Mapping) -> str:
        alias = tests.get("as")
        return entity if alias is None else alias.text if isinstance(alias, Scalar) else ""

    def _free(self, name: str) -> bool:
        """Return whether a word may name a row or a count."""
        return bool(_NAME.fullmatch(name)) and name not in self.vocabulary.entities and name != "figures"

    def _name_row(self, name: str, entity: str, scope: Scope, place: Place) -> None:
        known = scope.rows.get(name)
        if known is not None and known != entity:
            self.wrong("R208", f"{name!r} already names a row of {known}", place, "give this row a name of its own with `as`")
        elif (name != entity and not self._free(name)) or name in scope.counts:
            message = f"{name!r} cannot name a row" if name else "`as` gives a row a name"
            self.wrong("R209", message, place, "choose a small word of its own")
        elif known is None:
            scope.rows[name] = entity

    def _condition(self, item: Node, scope: Scope) -> Condition | None:
        assert isinstance(item, Mapping)
        key, value = item.pairs[0]
        place = key.place
        if key.text in self.vocabulary.entities:
            return self._pattern(key, value, scope)
        if key.text == "no":
            found = self._fresh(value, scope, "no", ())
            return No(found[0], place) if found else None
        if key.text == "every":
            found = self._fresh(value, scope, "every", ("is",))
            if not found:
                return None
            pattern, rest, inner = found
            if "is" not in rest:
                self.wrong("R211", "`every` says with `is: {...}` what must hold of each row", place)
                return None
            return Every(pattern, self._tests(rest["is"], pattern.entity, inner), place)
        if key.text == "count":
            found = self._fresh(value, scope, "count", (*BOUNDS, "between", "as"))
            if not found:
                return None
            pattern, rest, inner = found
            alias = rest.pop("as", None)
            if alias is not None and not isinstance(alias, Scalar):
                self.wrong("R207", "`as` gives the number a name", alias.place, "choose a word of its own")
            return Count(pattern, self._bounds(rest, None, scope), alias.text if isinstance(alias, Scalar) else "", place)
        if key.text == "any":
            return self._any(value, scope, place)
        if key.text == "open_questions":
            pairs = value.pairs if isinstance(value, Mapping) else ()
            if not pairs:
                self.wrong("R212", "open questions are counted", value.place, "write open_questions: {above: number}")
            bounds = self._bounds({k.text: v for k, v in pairs}, None, scope, value)
            return OpenQuestions(bounds, place) if bounds else None
        return self._settled(key, value, scope)

    def _pattern(self, key: Scalar, value: Node, scope: Scope) -> Pattern | None:
        if not isinstance(value, Mapping):
            self.wrong("R213", f"what is asked of {key.text} is written {{attribute: value}}", value.place, "`{}` asks nothing")
            return None
        name = self._row_name(key.text, value)
        return Pattern(key.text, name, self._tests(value, key.text, scope), key.place)

    def _fresh(self, node: Node, scope: Scope, what: str, also: tuple[str, ...]) -> tuple[Pattern, dict[str, Node], Scope] | None:
        """Read `{entity: {tests}, also...}` about all rows afresh: only an `as` of its own names the row inside."""
        if not isinstance(node, Mapping):
            help = f"write, say, {what}: {{{self.vocabulary.main}: {{attribute: value}}}}"
            self.wrong("R214", f"`{what}` is written {what}: {{entity: {{tests}}}}", node.place, help)
            return None
        entities = [(k, v) for k, v in node.pairs if k.text in self.vocabulary.entities]
        others = [k for k, _ in node.pairs if k.text not in also and k.text not in self.vocabulary.entities]
        for key in others:
            words = [*self.vocabulary.entities, *also]
            self.wrong("R206", f"{key.text!r} has no place in `{what}`", key.place, one_of(key.text, words))
        if len(entities) != 1 or not isinstance(entities[0][1], Mapping):
            if entities or not others:
                self.wrong("R214", f"`{what}` asks about one entity", node.place, f"write {what}: {{entity: {{tests}}}}")
            return None
        key, tests = entities[0]
        assert isinstance(tests, Mapping)
        inner = scope.inner()
        alias = tests.get("as")
        name = ""
        if alias is not None:
            name = self._row_name(key.text, tests)
            if name in inner.rows:
                self.wrong("R208", f"{name!r} already names a row", alias.place, "give the fresh row a name of its own")
            else:
                self._name_row(name, key.text, inner, alias.place)
        pattern = Pattern(key.text, name, self._tests(tests, key.text, inner), key.place)
        return pattern, {k.text: v for k, v in node.pairs if k.text in also}, inner

    def _any(self, node: Node, scope: Scope, place: Place) -> AnyOf | None:
        if not isinstance(node, Sequence) or not node.items:
            help = "start each with `- `, or write any: [{entity: {tests}}, {entity: {tests}}]"
            self.wrong("R215", "`any` is followed by a list of conditions", node.place, help)
            return None
        return AnyOf(tuple(self.conditions(item, scope.inner()) for item in node.items), place)

    def _settled(self, key: Scalar, value: Node, scope: Scope) -> Settled | None:
        by: tuple[str, ...] = ()
        target = value
        if isinstance(value, Mapping) and key.text == "settled" and len(value.pairs) == 1:
            target, inner = value.pairs[0]
            pairs = {k.text: v for k, v in inner.pairs} if isinstance(inner, Mapping) else {}
            words = pairs.pop("by", None)
            items = words.items if isinstance(words, Sequence) else (words,)
            by = tuple(w.text for w in items if isinstance(w, Scalar))
            for word in items:
                if isinstance(word, Scalar) and word.text not in STRENGTHS:
                    self.wrong("R216", f"{word.text!r} is no strength", word.place, one_of(word.text, STRENGTHS))
            if pairs or not by:
                help = f"write settled: {{{target.text}: {{by: veto}}}}, or settled: {target.text}"
                self.wrong("R217", "`settled` asks `by:` a strength", inner.place, help)
                return None
        if not isinstance(target, Scalar):
            self.wrong("R217", f"`{key.text}` names a decision", value.place, f"write `{key.text}: {self.vocabulary.main}.<decision>`")
            return None
        ref = self.ref(target, scope)
        attribute = ref and self.vocabulary.attribute(ref.entity, ref.attribute)
        if ref and attribute and not attribute.settled:
            help = f"ask for its value: {{{ref.name}: {{{ref.attribute}: value}}}}"
            self.wrong("R218", f"{target.text} is a fact, not a decision", target.place, help)
            return None
        return Settled(ref, key.text == "settled", by, key.place) if ref else None

    def ref(self, word: Scalar, scope: Scope, place: Place | None = None) -> Ref | None:
        """Return what `name.attribute` points to, None after saying what is wrong with it."""
        place = place or word.place
        name, _, attribute = word.text.partition(".")
        entity = scope.rows.get(name)
        main = self.vocabulary.main
        if not attribute and (entity or self.vocabulary.attribute(main, name)):
            help = f"write {name}.attribute" if entity else f"write {main}.{name}"
            self.wrong("R219", f"{word.text!r} is one word where two are wanted", place, help)
            return None
        if entity is None:
            help = one_of(name, scope.rows)
            if name in self.vocabulary.entities:
                help = f"a rule that speaks of one {name} binds it: add `- {name}: {{}}` to `when`"
                if self.vocabulary.attribute(main, attribute):
                    help += f"; or say {main}.{attribute}"
            self.wrong("R210", f"{name!r} is not bound to a row", place, help)
            return None
        if attribute != "name" and self.vocabulary.attribute(entity, attribute) is None:
            self.unknown_attribute(entity, attribute, place)
            return None
        return Ref(name, attribute, entity)

    def unknown_attribute(self, entity: str, attribute: str, place: Place) -> None:
        attributes = self.vocabulary.entities[entity].attributes
        renamed = next((a.name for a in attributes.values() if attribute in a.was), None)
        if attribute == "note":
            self.wrong("R221", "a note is shown and never tested", place, "test a fact instead")
            return
        help = f"it is now called {renamed}" if renamed else one_of(attribute, [*attributes, "name"])
        self.wrong("R220", f"{entity} has no attribute {attribute!r}", place, help)

    def _tests(self, node: Node, entity: str, scope: Scope) -> tuple[Test, ...]:
        tests: list[Test] = []
        if not isinstance(node, Mapping):
            self.wrong("R213", f"what is asked of {entity} is written {{attribute: value}}", node.place)
            return ()
        for key, value in node.pairs:
            if key.text == "as":
                continue
            attribute = self.vocabulary.attribute(entity, key.text)
            if attribute is None and key.text != "name":
                self.unknown_attribute(entity, key.text, key.place)
            elif test := self._test(key, value, attribute, scope):
                tests.append(test)
        return tuple(tests)

    def _test(self, key: Scalar, value: Node, attribute: Attribute | None, scope: Scope) -> Test | None:
        if isinstance(value, Mapping):
            pairs = {k.text: v for k, v in value.pairs}
            if "not" in pairs:
                if len(pairs) > 1:
                    self.wrong("R222", "`not` stands alone", value.place, "write a second condition about the same row")
                options, unknown = self._options(pairs["not"], attribute, scope)
                if unknown:
                    self.wrong("R223", "`not: unknown` is written `known`", pairs["not"].place, f"write {key.text}: known")
                if attribute and attribute.values and not attribute.takes_many and set(attribute.values) <= set(options):
                    help = "leave one out, or take the condition out"
                    self.wrong("R237", f"no value of {attribute.entity}.{attribute.name} passes this test", pairs["not"].place, help)
                return Test(key.text, key.place, options, negated=True)
            if attribute is None or not attribute.numeric:
                operator = value.pairs[0][0] if value.pairs else None
                words = ["not", *BOUNDS, "between"]
                what = f"{operator.text!r} asks for a number; {key.text} is a word" if operator else f"{key.text} asks nothing"
                if operator and operator.text not in words:
                    what = f"{operator.text!r} is no test"
                self.wrong("R224", what, operator.place if operator else value.place, "write a value, a list, or {not: value}")
                return None
            if not pairs:
                self.wrong("R224", f"{key.text} asks nothing", value.place, "write a number, a list, or {at_least: number}")
            bounds = self._bounds(pairs, attribute, scope, value)
            return Test(key.text, key.place, bounds=bounds) if bounds else None
        if isinstance(value, Scalar) and value.text == "known" and attribute is not None and "known" not in attribute.values:
            return Test(key.text, key.place, negated=True)
        options, unknown = self._options(value, attribute, scope)
        return Test(key.text, key.place, options, or_unknown=unknown) if options or unknown else None

    def _options(self, node: Node, attribute: Attribute | None, scope: Scope) -> tuple[tuple[Operand, ...], bool]:
        items = node.items if isinstance(node, Sequence) else (node,)
        options: list[Operand] = []
        unknown = False
        if not items:
            self.wrong("R225", "the list of values is empty", node.place, "write at least one value")
        for item in items:
            if not isinstance(item, Scalar):
                self.wrong("R225", "a value is a word or a number", item.place)
            elif item.text == "unknown" and attribute is not None:
                unknown = True
            elif (option := self.operand(item, attribute, scope)) is not None:
                options.append(option)
        return tuple(options), unknown

    def _bounds(
        self, pairs: dict[str, Node], attribute: Attribute | None, scope: Scope, within: Node | None = None
    ) -> tuple[tuple[str, Operand], ...]:
        bounds: list[tuple[str, Operand]] = []
        before = len(self.problems)
        for word, value in pairs.items():
            if word not in (*BOUNDS, "between"):
                place = within.key(word).place if isinstance(within, Mapping) and within.key(word) else value.place  # type: ignore[union-attr]
                self.wrong("R226", f"{word!r} is no test of a number", place, one_of(word, (*BOUNDS, "between")))
                continue
            ends = [value]
            if word == "between":
                ends = list(value.items) if isinstance(value, Sequence) else []
                if len(ends) != 2:
                    self.wrong("R227", "`between` has two bounds", value.place, "write between: [lower, upper]")
                    continue
            found = [self.operand(end, attribute, scope, numeric=True) if isinstance(end, Scalar) else None for end in ends]
            if any(f is None for f in found):
                if any(not isinstance(end, Scalar) for end in ends):
                    self.wrong("R225", "a bound is a number", value.place)
                continue
            names = ("at_least", "at_most") if word == "between" else (word,)
            bounds += [(name, end) for name, end in zip(names, found, strict=True) if end is not None]
            lower, upper = (self._fixed(end) for end in (found[0], found[-1]))
            if word == "between" and lower is not None and upper is not None and lower > upper:
                self.wrong("R228", "the bounds of `between` are reversed", value.place, "the lower one comes first")
        if bounds and len(self.problems) == before and self._empty(bounds, attribute):
            place = within.place if within else next(iter(pairs.values())).place
            what = (
                f"{attribute.entity}.{attribute.name} is from {attribute.low} to {attribute.high}" if attribute else "a count is 0 or more"
            )
            self.wrong("R237", f"no number passes this test: {what}", place, "widen it, or take the condition out")
        return tuple(bounds)

    def _empty(self, bounds: list[tuple[str, Operand]], attribute: Attribute | None) -> bool:
        """Return whether no number lies within bounds; of a figure with several values the one counts that leaves most."""
        lower = [(attribute.low if attribute else 0, False)]  # with whether the end itself is left out
        upper = [(attribute.high if attribute else math.inf, True)]  # with whether it belongs
        for word, operand in bounds:
            value = self.figures[operand.name].value if isinstance(operand, FigureRef) else operand
            numbers = [n for n in (value.values() if isinstance(value, Map) else (value,)) if isinstance(n, int | float)]
            if numbers and word in ("at_least", "above"):
                lower.append((min(numbers), word == "above"))
            elif numbers:
                upper.append((max(numbers), word == "at_most"))
        (low, without), (high, within) = max(lower), min(upper)
        return low > high or (low == high and (without or not within))  # type: ignore[operator]

    def _fixed(self, operand: Operand | None) -> int | float | None:
        """Return the number that an operand always is."""
        value = self.figures[operand.name].value if isinstance(operand, FigureRef) else operand
        return value if isinstance(value, int | float) else None

    def operand(self, word: Scalar, attribute: Attribute | None, scope: Scope, numeric: bool = False) -> Operand | None:
        """Return a value as a test compares with it: a literal, another row's attribute, a figure or a count."""
        numeric = numeric or bool(attribute and attribute.numeric)
        text = word.text
        if numeric and text in scope.counts:
            return CountRef(text)
        if _DOTTED.fullmatch(text) and (attribute is not None or numeric or text.partition(".")[0] in scope.rows):
            if text.startswith("figures."):
                return self._figure(word, attribute, numeric)
            return self._compared(word, attribute, numeric, scope)
        if numeric:
            value = number(text)
            if value is None:
                within = f" from {attribute.low} to {attribute.high}" if attribute else ""
                help = f"write a number{within}, a figure (figures.name) or another number (name.attribute)"
                self.wrong("R230", f"{text!r} is no number", word.place, help)
            elif attribute and not (attribute.low <= value <= attribute.high):  # type: ignore[operator]
                low, high = attribute.low, attribute.high
                self.wrong("R231", f"{text} is outside {low}..{high}, where {attribute.entity}.{attribute.name} is", word.place)
            return value
        if attribute is not None and text not in attribute.values:
            self.wrong(
                "R232", f"{text!r} is not a value of {attribute.entity}.{attribute.name}", word.place, one_of(text, attribute.values)
            )
            return None
        return text

    def _figure(self, word: Scalar, attribute: Attribute | None, numeric: bool) -> FigureRef | None:
        name = word.text.partition(".")[2]
        figure = self.figures.get(name)
        if figure is None:
            self.wrong("R233", f"there is no figure {name!r}", word.place, one_of(name, self.figures))
            return None
        if not numeric:
            what = f"{attribute.entity}.{attribute.name}" if attribute else "this"
            help = "one of " + ", ".join(attribute.values) if attribute else "write the text itself"
            self.wrong("R234", f"a figure is a number; {what} is a word", word.place, help)
            return None
        values = figure.value.values() if isinstance(figure.value, Map) else (figure.value,)
        if attribute and not all(attribute.low <= value <= attribute.high for value in values):  # type: ignore[operator]
            where = f"{attribute.low}..{attribute.high}, where {attribute.entity}.{attribute.name} is"
            self.wrong("R231", f"{word.text} is outside {where}", word.place)
        return FigureRef(name, figure.by)

    def _compared(self, word: Scalar, attribute: Attribute | None, numeric: bool, scope: Scope) -> Ref | None:
        ref = self.ref(word, scope)
        if ref is None:
            return None
        other = self.vocabulary.attribute(ref.entity, ref.attribute)
        if (other is not None and other.numeric) != numeric or (other is None) != (attribute is None and not numeric):
            self.wrong("R235", f"{word.text} is of another kind", word.place, "numbers are compared with numbers, words with words")
            return None
        if other and attribute and other.values and not set(other.values) & set(attribute.values):
            message = f"{word.text} has no value in common with {attribute.entity}.{attribute.name}"
            self.wrong("R236", message, word.place, f"{word.text} is one of " + ", ".join(other.values))
        return ref
