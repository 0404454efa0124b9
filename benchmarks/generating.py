"""Made rule bases, written as YAML and read like any other, and made dossiers: the same for the same seed."""

from __future__ import annotations

from pathlib import Path
from random import Random

from engine.facts import Dossier, Fact, Row
from engine.rules import Knowledge
from engine.terms import Attribute, Value
from engine.world import World, world_of

from . import ON

WORDS = ("red", "green", "blue", "grey", "black")
MANY = ("part", "tool", "place")
LEVELS = 3


def written_base(folder: Path, rules: int, seed: int = 7) -> Path:
    """Write a base of so many rules and return its folder.

    A rule has 2 to 4 patterns: most start from the one site, the rest are rows of lists; 20 % end in a `no`, 30 % read a
    derived fact, 30 % set one; most second rows and all third ones are joined by key. Chains are up to three strata long.
    """
    chance = Random(f"{seed} {rules}")
    derived = max(6, rules // 10)
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "vocabulary.yaml").write_text(_vocabulary(derived), encoding="utf-8")
    (folder / "figures.yaml").write_text("{limit: {value: 40, unit: mm, source: made, date: 2026-01-01}}\n", encoding="utf-8")
    decision = "run: {title: Run, meaning: Whether it runs., of: site, main: yes, headline: yes, options: [stop, go]}\n"
    (folder / "decisions.yaml").write_text(decision, encoding="utf-8")
    text = "".join(_rule(number, chance, derived) for number in range(rules))
    (folder / "rules" / "made.yaml").write_text(text, encoding="utf-8")
    return folder


def _vocabulary(derived: int) -> str:
    rest = "meaning: A made fact., ask: What is it?, whom: operator"
    words = f"values: [{', '.join(WORDS)}], {rest}"
    lines = ["site:", "  meaning: The site.", "  holds_decisions: yes", "  attributes:"]
    lines += [f"    a{i}: {{{words}}}" for i in range(10)]
    lines += [f"    f{i}: {{values: [yes, no], derived: yes, settle: [yes, no], meaning: A derived fact.}}" for i in range(derived)]
    for name in MANY:
        lines += [f"{name}:", f"  many: {name}s", "  meaning: One of many.", "  attributes:"]
        lines += [f"    w{i}: {{{words}}}" for i in range(4)]
        lines += [f"    n: {{range: [0, 100], unit: mm, {rest}}}"]
        lines += [f"    key: {{values: [{', '.join(f'k{i}' for i in range(20))}], {rest}}}"]
    return "\n".join(lines) + "\n"


def _rule(number: int, chance: Random, derived: int) -> str:
    level = number % LEVELS
    patterns: list[str] = []
    names: list[tuple[str, str]] = []
    size = chance.randint(2, 4)
    if chance.random() < 0.7:
        tests = [f"a{i}: {_words(chance)}" for i in sorted(chance.sample(range(10), chance.randint(1, 2)))]
        patterns.append(f"site: {{{', '.join(tests)}}}")
    if level and chance.random() < 0.45:
        below = [i for i in range(derived) if i % LEVELS < level]
        patterns.append(f"site: {{f{chance.choice(below)}: yes}}")
    while len(patterns) < size:
        entity = chance.choice(MANY)
        last = len(patterns) == size - 1
        tests = [f"w{i}: {_words(chance)}" for i in sorted(chance.sample(range(4), chance.choice([1, 1, 2])))]
        if last and chance.random() < 0.22:
            if names and chance.random() < 0.5:
                tests[1:] = [f"key: {names[0][0]}.key"]
            patterns.append(f"no: {{{entity}: {{{', '.join(tests)}}}}}")
            continue
        if len(names) > 1 or (names and chance.random() < 0.7):
            tests[1:] = [f"key: {names[-1][0]}.key"]
        elif chance.random() < 0.3:
            tests[1:] = [f"n: {{{chance.choice(['above', 'below'])}: {chance.choice([30, 50, 70])}}}"]
        name = f"r{len(names)}"
        names.append((name, entity))
        patterns.append(f"{entity}: {{as: {name}, {', '.join(tests)}}}")
    if chance.random() < 0.3:
        own = [i for i in range(derived) if i % LEVELS == level]
        effect = f"default: {{site.f{chance.choice(own)}: {chance.choice(['yes', 'yes', 'no'])}}}"
    else:
        effect = f'advise: "Look at case {number}."'
    when = "".join(f"    - {p}\n" for p in patterns)
    return (
        f"- id: GEN-{number:04}\n  title: Made rule {number}\n  why: Made.\n  when:\n{when}  then:\n    - {effect}\n"
        "  source: made\n  owner: bench\n  since: 2026-01-01\n"
    )


def _words(chance: Random) -> str:
    found = chance.sample(WORDS, chance.choice([1, 2, 3]))
    return f"[{', '.join(found)}]" if len(found) > 1 else found[0]


def made_world(knowledge: Knowledge, facts: int, seed: int) -> World:
    """Return a world of a made base with about so many facts: ten on the site, five on each row."""
    chance = Random(f"{seed} {facts}")
    rows = [Row("site", "", {f"a{i}": Fact(chance.choice(WORDS)) for i in range(10)})]
    for number in range(max(3, (facts - 10) // 5)):
        known: dict[str, Fact] = {f"w{i}": Fact(chance.choice(WORDS)) for i in sorted(chance.sample(range(4), 3))}
        known["n"] = Fact(chance.randint(0, 100))
        known["key"] = Fact(f"k{chance.randrange(20)}")
        rows.append(Row(MANY[number % 3], f"row {number}", known))
    return world_of(Dossier("made", tuple(rows)), knowledge.vocabulary, ON)


def variation(dossier: Dossier, knowledge: Knowledge, chance: Random, changes: int = 5) -> Dossier:
    """Return a dossier with some facts changed, added or left out."""
    rows = list(dossier.rows)
    for _ in range(changes):
        at = chance.randrange(len(rows))
        row = rows[at]
        free = [a for a in knowledge.vocabulary.entities[row.entity].attributes.values() if not a.settled]
        attribute = chance.choice(free)
        facts = dict(row.facts)
        if chance.random() < 0.2:
            facts.pop(attribute.name, None)
        else:
            facts[attribute.name] = Fact(value_of(attribute, chance))
        rows[at] = Row(row.entity, row.name, facts, row.note, row.place)
    return Dossier(dossier.file, tuple(rows), dossier.as_of, dossier.complete)


def random_dossier(knowledge: Knowledge, chance: Random, share: float = 0.35) -> Dossier:
    """Return a dossier with that share of all facts, and one to four rows in each list."""
    rows = []
    for entity in knowledge.vocabulary.entities.values():
        free = [a for a in entity.attributes.values() if not a.settled]
        for number in range(chance.randint(1, 4) if entity.many else 1):
            facts = {a.name: Fact(value_of(a, chance)) for a in free if chance.random() < share}
            rows.append(Row(entity.name, f"{entity.name} {number}" if entity.many else "", facts))
    return Dossier("made", tuple(rows))


def value_of(attribute: Attribute, chance: Random) -> Value:
    """Return a value; of a number mostly a small one, where most bounds lie."""
    if attribute.values:
        return chance.choice(attribute.values)
    assert attribute.low is not None and attribute.high is not None
    return int(chance.uniform(attribute.low, min(attribute.high, chance.choice([4, 40, 100, 12000]))))
