"""Reads rule files."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from ..conditions import OpenQuestions, walk
from ..problems import Place
from ..rules import Effect, Line, Rule
from .effects import EffectReader
from .forms import Form, filled, plain, read_text, written_as
from .nodes import Mapping, Node, Scalar, Sequence
from .terms import Date, YesNo

MOST_NAMES = 20
"""Of rows that `when` binds: each is a loop inside the one before, and Python nests no more of them."""


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


class RuleReader(EffectReader):
    """Reads rules against the words, the decisions and the route of a knowledge base."""

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
        then = self.effects(then_node, scope, locked) if then_node else ()
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


def fingerprint(node: Node) -> str:
    """Return the hash of what a rule says, whatever its layout; the list of its cases plays no part."""
    said = plain(node)
    said.pop("cases", None)
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
