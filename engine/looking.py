"""Looks up what a person names: rules by id, rules about something, words of the vocabulary. A misspelt name gets the nearest right one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .conditions import Key
from .problems import Problem, Unusable, nearest, one_of
from .reading.cases import stem
from .rules import Knowledge, Rule
from .terms import Attribute, Entity, Figure
from .tracing import Tracing, figures_of, prose, slots, topic
from .wording import listed

MOST = 3
"""A bare value that more attributes share has to be written with its attribute."""


@dataclass(frozen=True)
class Found:
    """A rule, and what it does with the thing asked about."""

    rule: Rule
    does: str = ""


@dataclass
class About:
    """Rules about something, told apart by what they do with it; `also` are readers that are no rules."""

    word: str
    taken: str
    groups: dict[str, list[Found]] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)

    def add(self, group: str, found: Iterable[Found]) -> None:
        """Put rules under a group, except those that stand under one already."""
        there = {f.rule.id for known in self.groups.values() for f in known}
        self.groups[group] = [f for f in found if f.rule.id not in there]


def rules_called(words: Iterable[str], knowledge: Knowledge) -> list[Rule]:
    """Return the rules of some ids, or stems of ids (`ABC-18` for `ABC-18a` and `ABC-18b`), each once."""
    found: dict[str, Rule] = {}
    problems = []
    for word in words:
        named = [r for r in knowledge.rules if word.upper() in (r.id.upper(), stem(r.id).upper())]
        found.update({rule.id: rule for rule in named})
        if not named:
            near = nearest(word.upper(), [*knowledge.by_id, *map(stem, knowledge.by_id)])
            help = f"did you mean {near}? " if near else ""
            problems.append(Problem("L101", f"there is no rule {word!r}", (), f"{help}rules that have to do with a word: --about {word}"))
    if problems:
        raise Unusable(problems)
    return list(found.values())


def owned(rules: Iterable[Rule], owner: str) -> list[Rule]:
    """Return the rules of an owner."""
    rules = list(rules)
    owners = sorted({rule.owner for rule in rules})
    if owners and owner not in owners:
        near = nearest(owner, owners)
        help = f"did you mean {near}? " if near else ""
        raise Unusable([Problem("L102", f"none of these rules is owned by {owner!r}", (), f"{help}one of {', '.join(owners)}")])
    return [rule for rule in rules if rule.owner == owner]


# --- rules about something


def about(word: str, knowledge: Knowledge) -> About:
    """Return the rules that speak on something, read it or mention it; a name of the knowledge base goes before a mere word."""
    tracing = Tracing(knowledge)
    kept = [rule for rule in knowledge.rules if word in (_group(rule), topic(rule) + ".yaml")]
    if kept:
        return About(word, f"the rules kept under {word}", {"kept": [Found(rule) for rule in kept]})
    if figure := knowledge.figures.get(word.removeprefix("figures.")):
        return _about_figure(word, figure, tracing)
    path, _, value = word.partition("=")
    keys = [key for key in _keys(path, knowledge) if not value or value in _values(key, knowledge)]
    if keys:
        return _about_keys(word, keys, value, tracing)
    if word in knowledge.vocabulary.entities:
        return _about_entity(word, tracing)
    if kept := [rule for rule in knowledge.rules if topic(rule) == word]:
        return About(word, f"the rules kept under {word}", {"kept": [Found(rule) for rule in kept]})
    keys = [(a.entity, a.name) for a in knowledge.vocabulary.attributes() if word in a.values]
    if keys and len(keys) <= MOST:
        return _about_keys(word, keys, word, tracing)
    found = About(word, "a word")
    titled = [r for r in knowledge.rules if _says(r.title, word)]
    found.add("titled", [Found(rule) for rule in titled])
    found.add("mentions", [Found(rule) for rule in knowledge.rules if _says(prose(rule), word)])
    if not any(found.groups.values()):
        raise Unusable([_nothing(word, path, value, keys, knowledge)])
    return found


def _nothing(word: str, path: str, value: str, keys: list[Key], knowledge: Knowledge) -> Problem:
    if keys:
        several = ", ".join(f"{'.'.join(key)}={word}" for key in keys[:MOST])
        return Problem("L103", f"{word!r} is a value of {len(keys)} attributes", (), f"say which, as {several}")
    if value and (held := _keys(path, knowledge)):
        values = list(dict.fromkeys(v for key in held for v in _values(key, knowledge)))
        help = one_of(value, values) if values else f"{path} is a number; ask about it without a value"
        return Problem("L104", f"{value!r} is not a value of {path}", (), help)
    near = nearest(word, _names_of_words(knowledge)) or nearest(word, _other_words(knowledge))
    help = f"did you mean {near}? " if near else ""
    kinds = "a decision, entity.attribute, an option, figures.name, a group of ids, a topic file, or a word of the rules"
    return Problem("L105", f"no rule has to do with {word!r}", (), f"{help}name {kinds}")


def _other_words(knowledge: Knowledge) -> set[str]:
    """Return the groups, topics and values that rules can be asked about, and the words of their titles."""
    found = {word.lower() for rule in knowledge.rules for word in re.findall(r"[^\W\d_]{4,}", rule.title)}
    found |= {value for attribute in knowledge.vocabulary.attributes() for value in attribute.values}
    return found | {topic(r) for r in knowledge.rules} | {_group(r) for r in knowledge.rules}


def _about_figure(word: str, figure: Figure, tracing: Tracing) -> About:
    knowledge = tracing.knowledge
    found = About(word, f"the figure {figure.name}")
    readers = tracing.figure_readers(figure.name)
    found.add("reads", [Found(knowledge.by_id[i]) for i in readers if i in knowledge.by_id])
    found.add("mentions", [Found(rule) for rule in knowledge.rules if figure.name in figures_of(rule)])
    found.also = [reader for reader in readers if reader not in knowledge.by_id]
    return found


def _about_keys(word: str, keys: list[Key], value: str, tracing: Tracing) -> About:
    knowledge = tracing.knowledge
    paths = " and ".join(".".join(key) for key in keys)
    kept = f"; for the file of that name say {word}.yaml" if any(topic(rule) == word for rule in knowledge.rules) else ""
    found = About(word, (f"{value} of {paths}" if value else paths) + kept)
    voices: dict[str, list[str]] = {}
    for voice in (v for key in keys for v in tracing.voices_on(key) if not value or v.value == value):
        said = f"{voice.strength or 'against'} {voice.value if voice.value is not None else 'a number'}"
        own = voices.setdefault(voice.rule.id, [])
        own += [said] if said not in own else []
    found.add("votes", [Found(knowledge.by_id[i], ", ".join(said)) for i, said in voices.items()])
    readers = list(dict.fromkeys(user for key in keys for user in tracing.readers(key, value or None)))
    found.add("reads", [Found(rule) for rule in knowledge.rules if rule.id in readers])
    found.also = [reader for reader in readers if reader not in knowledge.by_id]
    names = _names(keys, value, knowledge)
    printed = [r for r in knowledge.rules if not value and any((s.entity, s.attribute) in keys for s in slots(r))]
    found.add("mentions", [Found(r) for r in knowledge.rules if r in printed or any(_says(prose(r), name) for name in names)])
    return found


def _about_entity(word: str, tracing: Tracing) -> About:
    knowledge = tracing.knowledge
    found = About(word, f"every {word}")
    found.add("votes", [Found(r) for r in knowledge.rules if any(v.target.entity == word for v in r.votes)])
    found.add("reads", [Found(r) for r in knowledge.rules if any(u.user == r.id and u.key[0] == word for u in tracing.uses)])
    found.add("mentions", [Found(r) for r in knowledge.rules if _says(prose(r), word) or any(s.entity == word for s in slots(r))])
    return found


def _names(keys: list[Key], value: str, knowledge: Knowledge) -> set[str]:
    """Return what texts would call an attribute, or one of its values."""
    attributes = [a for key in keys if (a := knowledge.vocabulary.attribute(*key))]
    return {a.label(value) for a in attributes} if value else {a.words for a in attributes}


def _keys(path: str, knowledge: Knowledge) -> list[Key]:
    """Return the attributes that `entity.attribute`, or an attribute's bare name, can mean."""
    entity, dot, name = path.partition(".")
    if dot:
        return [(entity, name)] if knowledge.vocabulary.attribute(entity, name) else []
    found = [(a.entity, a.name) for a in knowledge.vocabulary.attributes() if a.name == path]
    decision = next((knowledge.settles[key] for key in found if key in knowledge.settles), None)
    return [decision.key] if decision and set(found) <= decision.keys else found


def _values(key: Key, knowledge: Knowledge) -> tuple[str, ...]:
    attribute = knowledge.vocabulary.attribute(*key)
    return attribute.values if attribute else ()


def _group(rule: Rule) -> str:
    return rule.id.partition("-")[0]


def _says(text: str, word: str) -> bool:
    return bool(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE))


# --- words

Word = Entity | Attribute | Figure


def words_called(words: Iterable[str], knowledge: Knowledge) -> list[Word]:
    """Return the entities, attributes (a decision is one) and figures of some names, each once."""
    found: list[Word] = []
    problems = []
    for word in words:
        named = _called(word, knowledge)
        found += [thing for thing in named if thing not in found]
        if not named:
            help = _standing(word, knowledge)
            if not help:
                near = nearest(word, _names_of_words(knowledge))
                help = f"did you mean {near}? the list without a name has them all" if near else "the list without a name has them all"
            problems.append(Problem("L106", f"{word!r} is no word of this vocabulary", (), help))
    if problems:
        raise Unusable(problems)
    return found


def _called(word: str, knowledge: Knowledge) -> list[Word]:
    vocabulary = knowledge.vocabulary
    if entity := next((e for e in vocabulary.entities.values() if word in (e.name, e.many)), None):
        return [entity]
    if word == "figures":
        return list(knowledge.figures.values())
    found: list[Word] = [a for key in _keys(word, knowledge) if (a := vocabulary.attribute(*key))]
    figure = knowledge.figures.get(word.removeprefix("figures."))
    return found or ([figure] if figure else [])


def _standing(word: str, knowledge: Knowledge) -> str:
    """Return where in the vocabulary a word stands: in names, as a value, in what is said of the others; empty for nowhere."""
    attributes = {f"{a.entity}.{a.name}": a for a in knowledge.vocabulary.attributes()}
    names = [name for name in (*attributes, *(f"figures.{name}" for name in knowledge.figures)) if word in re.split("[._]", name)]
    values = [name for name, a in attributes.items() if word in a.values]
    told = [name for name, a in attributes.items() if _says(" ".join((a.meaning, a.ask, *a.labels.values())), word)]
    found = {
        "it is part of": names,
        "it is a value of": values,
        "it is used in explaining": [n for n in told if n not in (*names, *values)],
    }
    return "\n".join(f"{how} {listed(_few(places))}" for how, places in found.items() if places)


def _few(names: list[str]) -> list[str]:
    return names if len(names) <= MOST + 1 else [*names[:MOST], f"{len(names) - MOST} more"]


def _names_of_words(knowledge: Knowledge) -> set[str]:
    found = {*knowledge.vocabulary.entities, *(f"figures.{name}" for name in knowledge.figures), *knowledge.figures}
    for attribute in knowledge.vocabulary.attributes():
        found |= {attribute.name, f"{attribute.entity}.{attribute.name}"}
    return found
