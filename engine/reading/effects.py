"""Reads what rules do: the lines that they say, the options that they speak for or against."""

from __future__ import annotations

import re

from ..conditions import CountRef
from ..problems import nearest, one_of
from ..rules import STRENGTHS, VOTING, WORDED, Against, Decision, Effect, Line, Option, ScoreRef, Vote
from .conditions import Reader
from .names import Scope
from .nodes import Mapping, Node, Scalar, Sequence
from .terms import number
from .texts import TextReader

WORDS = (*STRENGTHS, "against")
LINE_KEYS = ("lane", "stage", "whom", "about", "blocks", "needs", "within")
VOTE_KEYS = ("say", "first")


class EffectReader(TextReader):
    """Reads effects against the decisions and the route too; `places` are the lanes, stages and scorecards that may be named."""

    def __init__(self, reader: Reader, decisions: dict[tuple[str, str], Decision], places: dict[str, tuple[str, ...]]):
        super().__init__(reader.vocabulary, reader.figures, reader.problems, reader.mistaken)
        self.decisions = decisions
        self.allowed = places

    def effects(self, node: Node, scope: Scope, locked: bool) -> tuple[Effect, ...]:
        """Return the effects of a rule, those with a mistake left out; only one that is locked may have the strength of a law."""
        if not isinstance(node, Sequence) or not node.items:
            self.wrong("R301", "`then` is a list of effects", node.place, 'write, say, `- advise: "..."`')
            return ()
        return tuple(e for item in node.items if (e := self._effect(item, scope, locked)))

    def _effect(self, node: Node, scope: Scope, locked: bool) -> Effect | None:
        if not isinstance(node, Mapping):
            self.wrong("R302", "an effect is written `strength: what`", node.place, f"strengths: {', '.join(WORDS)}")
            return None
        if (found := self._strength(node)) is None:
            return None
        key, value = found
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

    def _strength(self, node: Mapping) -> tuple[Scalar, Node] | None:
        """Return the strength of an effect with what is said so; None after saying that there is not one."""
        found = [(k, v) for k, v in node.pairs if k.text in WORDS]
        if len(found) == 1:
            return found[0]
        place = found[1][0].place if found else node.pairs[0][0].place if node.pairs else node.place
        message = "one effect has one strength" if found else f"{node.pairs[0][0].text if node.pairs else ''!r} is no strength"
        near = nearest(node.pairs[0][0].text, WORDS) if node.pairs and not found else None
        help = "start a list item of its own with `- `" if found else f"strengths: {', '.join(WORDS)}"
        self.wrong("R303", message, place, f"did you mean {near}?" if near else help)
        return None

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
