"""Reads rule files."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any, Literal

from ..conditions import CountRef, OpenQuestions, Pattern, walk
from ..problems import Place, nearest, one_of
from ..rules import STRENGTHS, VOTING, WORDED, Against, Decision, Effect, Line, Option, Rule, ScoreRef, Vote
from ..texts import Slot, Text
from .conditions import Reader
from .forms import Form, filled, plain, read_text, written_as
from .names import Scope
from .nodes import Mapping, Node, Scalar, Sequence
from .terms import Date, YesNo, number

LINE_KEYS = ("lane", "stage", "whom", "about", "blocks", "needs", "within")
VOTE_KEYS = ("say", "first")
MOST_NAMES = 20
"""Of rows that `when` binds: each is a loop inside the one before, and Python nests no more of them."""
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_SLOT = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")


class CasesForm(Form):
    fires: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class RuleForm(Form):
    id: Annotated[str, written_as("[A-Z][A-Z0-9]*-[0-9]+[a-z]?", "an id is capital letters, a hyphen and a number, as ABC-12")]
    title: str
    why: str
    when: Any
    then: Any
    source: str
    owner: str
    since: Date
    unless: Any = None
    cases: CasesForm = CasesForm()
    status: Literal["draft", "trial", "in_use", "retired"] = "in_use"
    locked: YesNo = "no"
    review_by: Date | None = None


class RuleReader(Reader):
    """Reads rules against the words, the decisions and the route of a knowledge base."""

    def __init__(self, reader: Reader, decisions: dict[tuple[str, str], Decision], places: dict[str, tuple[str, ...]]):
        super().__init__(reader.vocabulary, reader.figures, reader.problems, reader.mistaken)
        self.decisions = decisions
        self.allowed = places

    def rules(self, node: Node | None) -> list[Rule]:
        """Return the rules of one file; those with a mistake are left out, their mistakes in `problems`."""
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.wrong("R101", "a rule file is a list of rules", node.place, "start each rule with `- id:`")
            return []
        return [rule for item in node.items if (rule := self.rule(item))]

    def rule(self, node: Node) -> Rule | None:
        """Return one rule, None after saying all that is wrong with it."""
        before = len(self.problems)
        if not isinstance(node, Mapping):
            self.wrong("R102", "a rule is written with keys: id, title, why, when, then, source, owner, since", node.place)
            return None
        form = filled(RuleForm, node, self.problems, "a rule", "R103")
        for key in ("title", "why", "source", "owner"):
            if isinstance(text := node.get(key), Scalar):
                read_text(text, self.problems, key)
        scope = self.scope()
        when_node, then_node = node.get("when"), node.get("then")
        when = self.conditions(when_node, scope, always=True)
        if when_node and len(scope.rows) - len(self.scope().rows) > MOST_NAMES:
            self.wrong(
                "R245", f"the rule names more than {MOST_NAMES} rows", when_node.place, "ask with `no`, `any` or `count`, which name none"
            )
        unless = self.conditions(node.get("unless"), scope.inner())
        locked = bool(form and form.locked == "yes")
        then = self._effects(then_node, scope, locked) if then_node else ()
        id_node = node.key("id")
        place = node.get("id").place if id_node else node.place  # type: ignore[union-attr]
        self._check_questions((*when, *unless), then, place)
        if form is None or len(self.problems) > before:
            return None
        return Rule(
            form.id, " ".join(form.title.split()), " ".join(form.why.split()), when, unless, then, form.source, form.owner,
            form.since, place, form.status, locked, form.review_by,
            {"fires": form.cases.fires, "silent": form.cases.silent}, fingerprint(node),
        )  # fmt: skip

    def _check_questions(self, conditions: tuple[Any, ...], then: tuple[Effect, ...], place: Place) -> None:
        if any(isinstance(c, OpenQuestions) for c in walk(conditions)) and any(not isinstance(e, Line) for e in then):
            self.wrong("R241", "a rule that counts open questions can only advise: they are counted last", place)

    def _effects(self, node: Node, scope: Scope, locked: bool) -> tuple[Effect, ...]:
        if not isinstance(node, Sequence) or not node.items:
            self.wrong("R301", "`then` is a list of effects", node.place, 'write, say, `- advise: "..."`')
            return ()
        return tuple(e for item in node.items if (e := self._effect(item, scope, locked)))

    def _effect(self, node: Node, scope: Scope, locked: bool) -> Effect | None:
        words = (*STRENGTHS, "against")
        if not isinstance(node, Mapping):
            self.wrong("R302", "an effect is written `strength: what`", node.place, "strengths: " + ", ".join(words))
            return None
        found = [(k, v) for k, v in node.pairs if k.text in words]
        if len(found) != 1:
            place = found[1][0].place if found else node.pairs[0][0].place if node.pairs else node.place
            message = "one effect has one strength" if found else f"{node.pairs[0][0].text if node.pairs else ''!r} is no strength"
            near = nearest(node.pairs[0][0].text, words) if node.pairs and not found else None
            help = "start a list item of its own with `- `" if found else "strengths: " + ", ".join(words)
            self.wrong("R303", message, place, f"did you mean {near}?" if near else help)
            return None
        key, value = found[0]
        if key.text == "law" and not locked:
            self.wrong("R304", "a rule with a `law` effect is locked", key.place, "write `locked: yes` in the rule")
        votes = isinstance(value, Mapping)
        allowed = ("say",) if key.text == "against" else VOTE_KEYS if votes else LINE_KEYS
        for other, _ in node.pairs:
            if other.text != key.text and other.text not in allowed:
                self.wrong("R305", f"{other.text!r} cannot stand beside {key.text!r} here", other.place, one_of(other.text, allowed))
        if isinstance(value, Mapping):
            return self._vote(key, value, node, scope)
        if key.text not in WORDED:
            self.wrong(
                "R306",
                f"`{key.text}` speaks for an option",
                value.place,
                f"write {{{self.vocabulary.main}.decision: option}}; a text is `advise`, `must` ...",
            )
            return None
        return self._line(key, value, node, scope)

    def _line(self, key: Scalar, value: Node, node: Mapping, scope: Scope) -> Line | None:
        text = self.text(value, scope, key.text)
        words: dict[str, str] = {}
        for name in ("lane", "stage", "blocks"):
            word = node.get(name)
            allowed = self.allowed["lane" if name == "lane" else "stage"]
            if isinstance(word, Scalar) and word.text in allowed:
                words[name] = word.text
            elif word is not None and "route" not in self.mistaken:
                said = word.text if isinstance(word, Scalar) else ""
                self.wrong("R307", f"{said!r} is no {'lane' if name == 'lane' else 'stage'}", word.place, one_of(said, allowed))
        whom, about, needs = node.get("whom"), node.get("about"), node.get("needs")
        ref = None
        if about is not None:
            ref = self.ref(about, scope) if isinstance(about, Scalar) else None
            if not isinstance(about, Scalar):
                self.wrong("R309", "`about` names one fact", about.place, f"write about: {self.vocabulary.main}.attribute")
        if text is None:
            return None
        return Line(
            key.text, text, key.place, words.get("lane", ""), words.get("stage", ""),
            self.text(whom, scope, "whom") if whom else None, ref, words.get("blocks", ""), self.needs(needs, scope),
            self._within(node.get("within")),
        )  # fmt: skip

    def _within(self, node: Node | None) -> int | None:
        """Return the working days within which a line is to be done."""
        if node is None or (isinstance(node, Scalar) and re.fullmatch("[0-9]{1,3}", node.text)):
            return None if node is None else int(node.text)
        self.wrong("R324", "`within` is a whole number of working days", node.place, "write within: 0 for today, 5 for this week")
        return None

    def needs(self, node: Node | None, scope: Scope) -> tuple[Pattern, ...]:
        """Return what must hold for a line to be said: one mapping of `entity.attribute: value`."""
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self.wrong("R308", "`needs` is one mapping of tests", node.place, f"write needs: {{{self.vocabulary.main}.attribute: value}}")
            return ()
        found: list[Pattern] = []
        if not node.pairs:
            self.wrong("R308", "`needs` asks nothing", node.place, f"write needs: {{{self.vocabulary.main}.attribute: value}}")
        for key, value in node.pairs:
            ref = self.ref(key, scope)
            attribute = ref and self.vocabulary.attribute(ref.entity, ref.attribute)
            if ref and attribute:
                short = Scalar(ref.attribute, key.place, key.plain)
                test = self.test(short, value, attribute, scope)
                found += [Pattern(ref.entity, ref.name, (test,), key.place)] if test else []
        return tuple(found)

    def text(self, node: Node, scope: Scope, what: str) -> Text | None:
        """Return a text with its slots looked up."""
        word = read_text(node, self.problems, what)
        if word is None:
            return None
        parts: list[str | Slot] = []
        at = 0
        content = " ".join(word.text.split())
        for match in _BRACES.finditer(content):
            parts.append(content[at : match.start()])
            at = match.end()
            slot = self._slot(match.group(1), word, scope)
            if slot:
                parts.append(slot)
        parts.append(content[at:])
        return Text(tuple(p for p in parts if p != ""))

    def _slot(self, inside: str | None, word: Scalar, scope: Scope) -> Slot | None:
        place = word.place
        line = place.source.line(place.line)
        if inside is not None and (at := line.find("{" + inside + "}", place.column - 1)) >= 0:
            place = Place(place.source, place.line, at + 1, len(inside) + 2)
        if inside is None or not _SLOT.fullmatch(inside):
            self.wrong("R310", "braces in a text hold one slot: {name.attribute}", place, "write it without braces, or mend the slot")
            return None
        if "." not in inside:
            if inside not in scope.counts:
                help = f"did you mean {{{inside}.name}}?" if inside in scope.rows else "a count gives a number with `as`"
                self.wrong("R311", f"{inside!r} is no number that a `count` of this rule gives", place, help)
                return None
            return Slot(inside)
        name, _, attribute = inside.partition(".")
        if name == "figures":
            if attribute not in self.figures:
                self.no_figure(attribute, place)
                return None
            return Slot(name, attribute)
        ref = self.ref(Scalar(inside, place), scope)
        return Slot(ref.name, ref.attribute, ref.entity) if ref else None

    def _vote(self, key: Scalar, value: Mapping, node: Mapping, scope: Scope) -> Effect | None:
        if key.text not in (*VOTING, "against"):
            self.wrong("R312", f"`{key.text}` never speaks for an option", key.place, "one of law, veto, must, default, fallback")
            return None
        if len(value.pairs) != 1:
            self.wrong("R313", "a vote names one decision and one option", value.place, "give each vote a list item of its own")
            return None
        target, option = value.pairs[0]
        ref = self.ref(target, scope)
        decision = self.decisions.get(ref.key) if ref else None
        if ref is None:
            return None
        if decision is None and ref.attribute in self.mistaken:
            return None
        if decision is None:
            open_to = [f"{e}.{a}" for e, a in self.decisions]
            self.wrong("R314", f"{target.text} is not settled by rules", target.place, one_of(target.text, open_to))
            return None
        if key.text == "advise" and decision.choose == "one":
            self.wrong("R315", f"`advise` adds to a decision that takes many; {target.text} takes one", key.place, "speak with `default`")
        say = self.text(node.get("say"), scope, "say") if node.get("say") else None  # type: ignore[arg-type]
        first = node.get("first")
        if first is not None and (decision.choose != "many" or not isinstance(first, Scalar) or first.text != "yes"):
            self.wrong(
                "R316", "`first: yes` goes with a decision that takes many", first.place, "else leave it out: there is no `first: no`"
            )
        options = self._options_of(option, decision, target, scope)
        if not options:
            return None
        if key.text == "against":
            if len(options) > 1:
                self.wrong("R321", "`against` speaks against one option", option.place, "give each a list item of its own")
            chosen = options[0]
            return Against(ref, chosen, key.place, say) if isinstance(chosen, str | int | float) else None
        others = tuple(o for o in options[1:] if isinstance(o, str))
        return Vote(key.text, ref, options[0], key.place, others, say, first is not None)

    def _options_of(self, node: Node, decision: Decision, target: Scalar, scope: Scope) -> list[Option]:
        if isinstance(node, Mapping):
            card = node.get("score")
            name = card.text if isinstance(card, Scalar) else ""
            if card is None:
                self.wrong("R317", f"{target.text} is an option, a number or a score", node.place, "write {score: scorecards/name.csv}")
                return []
            if len(node.pairs) != 1 or name not in self.allowed["score"]:
                self.wrong("R317", f"there is no scorecard {name!r}", node.place, one_of(name, self.allowed["score"]))
                return []
            if decision.options:
                self.wrong("R318", f"a score is a number; {target.text} is a word", node.place)
                return []
            return [ScoreRef(name)]
        found: list[Option] = []
        held = self.vocabulary.attribute(decision.entity, decision.name)
        if isinstance(node, Sequence) and not node.items:
            self.wrong("R319", f"here an option of {target.text} is missing", node.place, one_of("", decision.options or ["a number"]))
        for item in node.items if isinstance(node, Sequence) else (node,):
            word = item.text if isinstance(item, Scalar) else ""
            if decision.options and word in found:
                self.wrong("R319", f"{word!r} stands here twice", item.place, "the first is voted for, the others are alternatives")
            elif decision.options and word in decision.options:
                found.append(word)
            elif decision.options:
                self.wrong("R319", f"{word!r} is no option of {target.text}", item.place, one_of(word, decision.options))
            elif word in scope.counts:
                found.append(CountRef(word))
            elif (value := number(word)) is None:
                help = "write a number, the name that a `count` gives with `as`, or {score: scorecards/name.csv}"
                self.wrong("R320", f"{target.text} is a number", item.place, help)
            elif held and not held.low <= value <= held.high:  # type: ignore[operator]
                self.wrong("R231", f"{word} is outside {held.low}..{held.high}, where {target.text} is", item.place)
            else:
                found.append(value)
        return found


def fingerprint(node: Node) -> str:
    """Return the hash of what a rule says, whatever its layout; the list of its cases plays no part."""
    said = plain(node)
    said.pop("cases", None)
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
