"""Records a change of a locked rule: its new hash, and who changed it, when and why."""

from __future__ import annotations

import datetime

import yaml

from .problems import Problem, Unusable
from .reading.knowledge import Base
from .writing import replace, unwritten

HEAD = (
    "# The hash of every locked rule, and the log of changes. Never edited by hand:\n"
    '#   realms check --unlock ID --reason "why" --by NAME\n'
)


def unlock(base: Base, ids: list[str], reason: str, by: str, on: datetime.date) -> list[str]:
    """Record the present text of locked rules (or that they are gone); return what was done, a sentence each.

    Raises Unusable, and writes nothing, where an id names no locked rule or a rule cannot be read.
    """
    knowledge = base.knowledge
    broken = [p for p in base.problems if p.code != "K402" and p.severity == "error"]
    if knowledge is None or broken:
        raise Unusable(broken)
    hashes = dict(base.locks.hashes)
    log = [{**entry.model_dump(), "on": entry.on.isoformat()} for entry in base.locks.log]
    done, wrong = [], []
    for rule_id in dict.fromkeys(ids):
        rule = knowledge.by_id.get(rule_id)
        if (rule is None or not rule.locked) and rule_id not in hashes:
            known = [r.id for r in knowledge.rules if r.locked]
            wrong.append(Problem("K403", f"{rule_id} is no locked rule", (), "locked are " + ", ".join(known)))
            continue
        new = rule.sha256 if rule and rule.locked else ""
        if hashes.get(rule_id, "") == new:
            done.append(f"{rule_id} is recorded already as it stands.")
            continue
        if new:
            hashes[rule_id] = new
        else:
            hashes.pop(rule_id)
        log.append({"on": on.isoformat(), "by": by, "reason": reason, "rule": rule_id, "to": new or "gone"})
        done.append(f"{rule_id} is recorded as it now stands." if new else f"{rule_id} is recorded as gone.")
    if wrong:
        raise Unusable(wrong)
    text = HEAD + yaml.safe_dump({"rules": dict(sorted(hashes.items())), "log": log}, sort_keys=False, allow_unicode=True, width=120)
    path = base.folder / "locks.yaml"
    try:
        replace(path, text.encode("utf-8"))
    except OSError as error:
        raise unwritten(path, error) from error
    return done
