"""Reads conditions: the `when` and `unless` of rules, the cells of scorecards, the conditions of decisions and route."""

from __future__ import annotations

import math

from ..conditions import BOUNDS, AnyOf, Condition, Count, Every, No, OpenQuestions, Pattern, Settled, circular_counts
from ..problems import Place, Problem, one_of
from ..rules import STRENGTHS
from .demands import Demands
from .names import Scope
from .nodes import Mapping, Node, Scalar, Sequence

_SAID = {"or": "any", "either": "any", "none": "no", "without": "no", "each": "every", "all": "every"}
"""What people write for condition words."""
KEYWORDS = ("no", "every", "count", "any", "settled", "unsettled", "open_questions")


class Reader(Demands):
    """Reads conditions against a vocabulary and figures; what is wrong goes to `problems`."""

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
        elif not item.pairs:
            self.wrong("R201", "here a condition is missing", item.place, f"write, say, `- {self.vocabulary.main}: {{attribute: value}}`")
        elif len(item.pairs) != 1:
            place = item.pairs[1][0].place
            self.wrong("R204", "one condition has one key", place, "start a list item of its own with `- `")
        else:
            key = item.pairs[0][0]
            if key.text in KEYWORDS or key.text in self.vocabulary.entities:
                return True
            if key.text in scope.rows:
                entity = scope.rows[key.text]
                self.wrong("R205", f"{key.text!r} is a row's name, not an entity", key.place, f"write `{entity}: {{as: {key.text}, ...}}`")
            else:
                self.wrong("R206", f"{key.text!r} is neither an entity nor a condition word", key.place, self._instead(key.text))
        return False

    def _instead(self, word: str) -> str:
        """Return help for a word that begins no condition."""
        entity, dot, attribute = word.partition(".")
        if dot and entity in self.vocabulary.entities:
            return f"write {entity}: {{{attribute}: value}}"
        words = [*self.vocabulary.entities, *KEYWORDS]
        help = one_of(_SAID.get(word.lower(), word), words)
        return f"{help}; all of one list must hold" if word.lower() in ("and", "all") else help

    def _bind(self, item: Node, scope: Scope) -> None:
        """Add the names that an item of a list makes, so that the order of the list plays no part."""
        if not isinstance(item, Mapping) or len(item.pairs) != 1:
            return
        key, value = item.pairs[0]
        if not isinstance(value, Mapping):
            return
        alias = value.get("as")
        if key.text in self.vocabulary.entities:
            self.name_row(self.row_name(key.text, value), key.text, scope, alias.place if alias else key.place)
        elif key.text == "count" and isinstance(alias, Scalar):
            if alias.text in scope.counts or alias.text in scope.rows or not self.free(alias.text):
                self.wrong("R207", f"{alias.text!r} cannot name a count here", alias.place, "choose a word of its own")
            scope.counts.add(alias.text)

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
                self.wrong("R211", "`every` says with `is: {...}` what must hold of each row", place, "write is: {attribute: value}")
                return None
            if isinstance(rest["is"], Mapping) and not rest["is"].pairs:
                self.wrong("R211", "`is` asks nothing", rest["is"].place, f"write is: {{attribute: value}}, or `- {pattern.entity}: {{}}`")
            return Every(pattern, self.tests(rest["is"], pattern.entity, inner), place)
        if key.text == "count":
            found = self._fresh(value, scope, "count", (*BOUNDS, "between", "as"))
            if not found:
                return None
            pattern, rest, inner = found
            alias = rest.pop("as", None)
            if alias is not None and not isinstance(alias, Scalar):
                self.wrong("R207", "`as` gives the number a name", alias.place, "choose a word of its own")
            most = math.inf if self.vocabulary.entities[pattern.entity].many else 1
            return Count(pattern, self.bounds(rest, None, scope, most=most), alias.text if isinstance(alias, Scalar) else "", place)
        if key.text == "any":
            return self._any(value, scope, place)
        if key.text == "open_questions":
            pairs = value.pairs if isinstance(value, Mapping) else ()
            if not pairs:
                self.wrong("R212", "open questions are counted", value.place, "write open_questions: {above: number}")
            bounds = self.bounds({k.text: v for k, v in pairs}, None, scope, value)
            return OpenQuestions(bounds, place) if bounds else None
        return self._settled(key, value, scope)

    def _pattern(self, key: Scalar, value: Node, scope: Scope) -> Pattern | None:
        if not isinstance(value, Mapping):
            self.wrong("R213", f"what is asked of {key.text} is written {{attribute: value}}", value.place, "`{}` asks nothing")
            return None
        name = self.row_name(key.text, value)
        return Pattern(key.text, name, self.tests(value, key.text, scope), key.place)

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
            name = self.row_name(key.text, tests)
            if name in inner.rows:
                self.wrong("R208", f"{name!r} already names a row", alias.place, "give the fresh row a name of its own")
            else:
                self.name_row(name, key.text, inner, alias.place)
        pattern = Pattern(key.text, name, self.tests(tests, key.text, inner), key.place)
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
