"""A rule base about something else entirely, to show that the shell knows no word of pre-sales: pumps and their parts."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

VOCABULARY = """
    plant:
      meaning: "The plant as a whole."
      holds_decisions: yes
      attributes:
        pressure: {range: [0, 100], unit: bar, meaning: "Working pressure.", ask: "What is the pressure?", whom: operator, stale_after: 30}
        shift: {values: [day, night], meaning: "Who runs it.", ask: "Which shift runs it?", whom: operator, changeable: yes}
        load: {values: [low, high], derived: yes, settle: [high, low], meaning: "How hard it is run."}
        wet: {range: [0, 50], derived: yes, settle: highest, meaning: "Pumps that carry something."}
    pump:
      many: pumps
      meaning: "A pump."
      who_else: "Which other pumps are there?"
      attributes:
        fluid: {values: [water, acid, oil], meaning: "What it carries.", ask: "What does {name} carry?", whom: operator}
        speed: {range: [0, 5000], meaning: "Turns a minute.", ask: "How fast does {name} turn?", whom: operator}
    valve:
      many: valves
      meaning: "A valve."
      attributes:
        tolerates: {values: [water, acid, oil], meaning: "What it stands.", ask: "What does {name} tolerate?", whom: maker}
    seal:
      many: seals
      meaning: "A seal."
      attributes:
        tolerates: {values: [water, acid, oil], meaning: "What it stands.", ask: "What does {name} tolerate?", whom: maker}
        removed: {values: [yes, no], unless_said: no, meaning: "Taken out.", ask: "Is {name} still in?", whom: operator}
"""

DECISIONS = """
    run:
      title: Running
      meaning: "Whether the plant runs."
      of: plant
      main: yes
      headline: yes
      options: [stop, careful, run]
    service:
      title: Service
      meaning: "What each pump gets."
      of: pump
      options: [replace, inspect, nothing]
    tools:
      title: Tools
      meaning: "What to bring."
      of: plant
      choose: many
      options: [wrench, gloves, lamp]
"""

RULES = """
    - id: T-01
      title: Inspect a pump whose fluid a valve tolerates and a seal does not
      why: The valve passes on what the seal cannot hold.
      when:
        - pump: {}
        - valve: {tolerates: pump.fluid}
        - seal: {tolerates: {not: pump.fluid}, removed: no}
      then:
        - default: {pump.service: inspect}
          say: "{seal.name} does not stand what {valve.name} lets through to {pump.name}."
        - must: "Open {pump.name} and look at {seal.name}."
      source: plant handbook
      owner: maintenance
      since: 2026-01-01
    - id: T-02
      title: High pressure is high load
      why: Steel tires.
      when:
        - plant: {pressure: {above: figures.high_pressure}}
      then:
        - default: {plant.load: high}
      source: plant handbook
      owner: maintenance
      since: 2026-01-01
    - id: T-03
      title: Stop when the load is high and acid is about
      why: Acid under load finds every gap.
      when:
        - plant: {load: high}
        - pump: {fluid: acid}
      then:
        - veto: {plant.run: stop}
          say: "{pump.name} carries acid under high load."
        - advise: {plant.tools: gloves}
      source: plant handbook
      owner: maintenance
      since: 2026-01-01
    - id: T-04
      title: Run where nobody objects
      why: Standing still costs money too.
      when: always
      then:
        - fallback: {plant.run: run}
        - fallback: {plant.service: nothing}
      source: plant handbook
      owner: maintenance
      since: 2026-01-01
"""

FIGURES = """
    high_pressure: {value: 40, unit: bar, source: plant handbook, date: 2026-01-01}
"""


def toy_base(folder: Path, rules: str = RULES, vocabulary: str = VOCABULARY, decisions: str = DECISIONS, figures: str = FIGURES) -> Path:
    """Write the toy base, or one with other rules, and return its folder."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    texts = {"vocabulary.yaml": vocabulary, "decisions.yaml": decisions, "figures.yaml": figures, "rules/plant.yaml": rules}
    for name, text in texts.items():
        (folder / name).write_text(dedent(text), encoding="utf-8")
    return folder
