"""Reads what a condition asks of one attribute: a value or several, bounds of a number, known or not known."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as Map

from ..clashing import Ends, fixed, passing
from ..conditions import BOUNDS, CountRef, FigureRef, Operand, Ref, Test
from ..problems import one_of
from ..terms import Attribute
from .names import Names, Scope
from .nodes import Mapping, Node, Scalar, Sequence
from .terms import number

_DOTTED = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")


class Demands(Names):
    """Reads tests against a vocabulary and figures."""

    def tests(self, node: Node, entity: str, scope: Scope) -> tuple[Test, ...]:
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
            elif test := self.test(key, value, attribute, scope):
                tests.append(test)
        return tuple(tests)

    def test(self, key: Scalar, value: Node, attribute: Attribute | None, scope: Scope) -> Test | None:
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
            bounds = self.bounds(pairs, attribute, scope, value)
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
                help = (
                    "turn the bound round: at_most for above, below for at_least"
                    if isinstance(item, Mapping)
                    else "write each value by itself"
                )
                self.wrong("R225", "a value is a word or a number", item.place, help)
            elif item.text == "unknown" and attribute is not None:
                unknown = True
            elif (option := self.operand(item, attribute, scope)) is not None:
                options.append(option)
        return tuple(options), unknown

    def bounds(
        self, pairs: dict[str, Node], attribute: Attribute | None, scope: Scope, within: Node | None = None, most: float = math.inf
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
                    self.wrong("R225", "a bound is a number", value.place, f"write {word}: number")
                continue
            names = ("at_least", "at_most") if word == "between" else (word,)
            bounds += [(name, end) for name, end in zip(names, found, strict=True) if end is not None]
            lower, upper = (self._fixed(end) for end in (found[0], found[-1]))
            if word == "between" and lower is not None and upper is not None and lower > upper:
                self.wrong("R228", "the bounds of `between` are reversed", value.place, "the lower one comes first")
        if bounds and len(self.problems) == before and self._empty(bounds, attribute, most):
            place = within.place if within else next(iter(pairs.values())).place
            what = "a count is 0 or more, and whole" if most > 1 else "there is one row"
            if attribute:
                what = f"{attribute.entity}.{attribute.name} is from {attribute.low} to {attribute.high}"
            self.wrong("R237", f"no number passes this test: {what}", place, "widen it, or take the condition out")
        return tuple(bounds)

    def _empty(self, bounds: list[tuple[str, Operand]], attribute: Attribute | None, most: float) -> bool:
        """Return whether no number lies within bounds: of a fact in its range, of rows a whole one up to `most`."""
        if attribute is not None and attribute.low is not None and attribute.high is not None:
            return passing(bounds, self.figures).both(Ends(attribute.low, attribute.high)).empty
        ends = passing(bounds, self.figures).both(Ends(0, most))
        lowest = math.floor(ends.low) + 1 if ends.without_low else math.ceil(ends.low)
        return not ends.holds(lowest)

    def _fixed(self, operand: Operand | None) -> int | float | None:
        """Return the number that an operand always is."""
        values = fixed(operand, self.figures) if operand is not None else None
        return values[0] if values is not None and len(values) == 1 and not isinstance(values[0], str) else None

    def operand(self, word: Scalar, attribute: Attribute | None, scope: Scope, numeric: bool = False) -> Operand | None:
        """Return a value as a test compares with it: a literal, another row's attribute, a figure or a count."""
        numeric = numeric or bool(attribute and attribute.numeric)
        text = word.text
        if not text and attribute is None and not numeric:
            self.wrong("R225", "here a name is missing", word.place, "write it, or take this out")
            return None
        if numeric and text in scope.counts:
            return CountRef(text)
        if _DOTTED.fullmatch(text) and (attribute is not None or numeric or (word.plain and self._points(text, scope))):
            if text.startswith("figures."):
                return self._figure(word, attribute, numeric)
            return self._compared(word, attribute, numeric, scope)
        if numeric:
            value = number(text)
            if value is None:
                within = f" from {attribute.low} to {attribute.high}" if attribute else ""
                help = f"write a number{within}, a figure (figures.name) or another number (name.attribute)"
                help = f"did you mean figures.{text}?" if text in self.figures else help
                help = "`known` stands alone; what is not known is `unknown`" if text == "known" else help
                self.wrong("R230", f"{text!r} is no number", word.place, help)
            elif attribute and not (attribute.low <= value <= attribute.high):  # type: ignore[operator]
                low, high = attribute.low, attribute.high
                message = f"{text} is outside {low}..{high}, where {attribute.entity}.{attribute.name} is"
                self.wrong("R231", message, word.place, f"write a number from {low} to {high}")
            return value
        if attribute is not None and text not in attribute.values:
            self.wrong(
                "R232", f"{text!r} is not a value of {attribute.entity}.{attribute.name}", word.place, one_of(text, attribute.values)
            )
            return None
        return text

    def _points(self, text: str, scope: Scope) -> bool:
        """Return whether a text that is compared with a name points to the name of a row, or would if that were bound."""
        name, _, attribute = text.partition(".")
        return name in scope.rows or attribute == "name"

    def _figure(self, word: Scalar, attribute: Attribute | None, numeric: bool) -> FigureRef | None:
        name = word.text.partition(".")[2]
        figure = self.figures.get(name)
        if figure is None:
            self.no_figure(name, word.place)
            return None
        if not numeric:
            what = f"{attribute.entity}.{attribute.name}" if attribute else "this"
            help = "one of " + ", ".join(attribute.values) if attribute else "write the text itself"
            self.wrong("R234", f"a figure is a number; {what} is a word", word.place, help)
            return None
        values = figure.value.values() if isinstance(figure.value, Map) else (figure.value,)
        if attribute and not all(attribute.low <= value <= attribute.high for value in values):  # type: ignore[operator]
            where = f"{attribute.low}..{attribute.high}, where {attribute.entity}.{attribute.name} is"
            self.wrong("R231", f"{word.text} is outside {where}", word.place, "take another figure, or mend this one in figures.yaml")
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
