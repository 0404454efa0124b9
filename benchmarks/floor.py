"""The floor: the shipped rules of DRV, RLM and QUA written by hand as plain loops, as somebody would who has no compiler.

Each group of rules is read off the YAML; `check` in `engines` holds that it fires what the compiled functions fire, so that
a rule that changes in knowledge/ stops the benchmark here instead of comparing two different things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.world import Frame

Fired = list[tuple[str, tuple[Any, ...], tuple[Any, ...]]]
GROUPS = ("DRV", "RLM", "QUA")

_DEAL = (
    "value_k doc_issued access qa_window last_buyer_action_days tender_blackout public_procurement size_band stalled "
    "shaping_window contact_open doc_type days_to_deadline content_start promotion_intensity eb_state stage joint_bid "
    "payment_terms spec_consulting_by_us procurement wired_flags first_heard champion_state incumbent displacement_trigger "
    "strategic_value pursuit_cost_pct budget_state compelling_event lots price_weight margin_pct qual_score budget_k "
    "qualification strategy channel_role partner_registered framework_state criteria_state outcome improper_request qualification!"
)
_NEED = "clarity scope customisation fit_pct topic driver criticality spec_origin pain content_start mandatory_gap"
_PERSON = "role departed contact attitude prefers influence action_taken"
_US = (
    "differentiator differentiator_valued proof_available product_fit partner certificates delivery_capacity price_position offering focus"
)
_CUSTOMER = "strategy financial_health is_current prior_vendor_behaviour payment_record satisfaction"

MET = ("met", "regular")
WEAKER = ("much_weaker", "weaker")
STRONGER = ("stronger", "much_stronger")
WIDE = ("cross_department", "enterprise")
NARROW = ("single_function", "department")
BIG = ("large", "strategic")
HEAVY_TOPICS = frozenset(["erp", "mes", "crm", "his", "emr", "core_banking", "data_sharing", "bi", "wms", "other"])
IMPROPER = frozenset(["cover_bid", "price_exchange", "split_purchase", "favour", "inside_information", "false_document"])
LIGHT_TOPICS = ("infrastructure", "multimedia", "office", "security")


def floor(slots: Mapping[str, Mapping[str, int]], figures: Mapping[str, Any]) -> Callable[[Frame], Fired]:
    """Return the function that fires the rules of the groups on a frame whose derived facts and decisions are settled."""
    (
        value_k, doc_issued, access, qa_window, quiet_days, blackout, public, size_band, _, window, contact_open, doc_type, deadline,
        d_start, intensity, eb_state, stage, joint_bid, payment, consulting, procurement, flags, heard, champion, incumbent, trigger,
        worth, cost_pct, budget_state, event, lots, price_weight, margin, score, budget_k, qualification, strategy, channel, registered,
        framework, criteria, outcome, improper, carried,
    ) = (slots["deal"][name] for name in _DEAL.split())  # fmt: skip
    clarity, scope, custom, fit, topic, driver, criticality, origin, pain, start, gap = (slots["need"][n] for n in _NEED.split())
    role, departed, contact, attitude, prefers, influence, acted = (slots["stakeholder"][n] for n in _PERSON.split())
    edge, valued, proof, product, partner, papers, capacity, price, offering, focus = (slots["us"][n] for n in _US.split())
    c_strategy, health, current, behaviour, pays, content = (slots["customer"][n] for n in _CUSTOMER.split())
    strength, standing = slots["competitor"]["strength"], slots["competitor"]["standing"]
    realm, hours_free = slots["consultant"]["realm"], slots["consultant"]["hours_free"]
    hours_needed = slots["effort"]["hours_needed"]
    small, medium, large = figures["small_up_to"].value, figures["medium_up_to"].value, figures["large_up_to"].value
    silence = figures["silence_days"].value
    fit_high, fit_floor, fit_full = figures["fit_high"].value, figures["fit_floor"].value, figures["fit_full"].value
    fit_tender, fit_good = figures["fit_tender"].value, figures["fit_good"].value
    many_people, notice = figures["many_people_of_weight"].value, figures["short_notice_days"].value
    wired, small_cost = figures["strong_wired_flags"].value, figures["small_pursuit_cost"].value
    heavy, slight = figures["price_weight_heavy"].value, figures["price_weight_slight"].value
    min_margin, min_equipment, go_from = (
        figures["min_margin"].value, figures["min_margin_equipment"].value, figures["score_go_from"].value
    )  # fmt: skip

    def derived(frame: Frame, say: Callable[..., None]) -> None:
        deal, us = frame["deal"][0], frame["us"][0]
        people, rivals = frame["stakeholder"], frame["competitor"]
        worth_k = deal[value_k]
        if worth_k is not None:
            if worth_k <= small:
                say(("DRV-01a", (), ()))
            if small < worth_k <= medium:
                say(("DRV-01b", (), ()))
            if medium < worth_k <= large:
                say(("DRV-01c", (), ()))
            if worth_k > large:
                say(("DRV-01d", (), ()))
        if not any(p[role] == "economic" and p[departed] == "no" for p in people):
            say(("DRV-02", (), ()))
        met = 0
        friends = False
        for p in people:
            here = p[departed] == "no"
            if here and p[contact] in MET:
                met += 1
            if here and p[role] == "economic":
                if p[contact] in MET and p[attitude] in ("supportive", "advocate"):
                    say(("DRV-03", (("funder", p[0]),), ()))
                if p[contact] in ("none", "indirect"):
                    say(("DRV-04", (("funder", p[0]),), ()))
                if p[contact] in MET and not any(
                    q[role] == "economic" and q[contact] in MET and q[attitude] in ("supportive", "advocate") and q[departed] == "no"
                    for q in people
                ):
                    say(("DRV-18", (("funder", p[0]),), ()))
            if p[prefers] == "us":
                if here:
                    friends = True
                    if p[influence] in ("medium", "high") and p[acted] == "yes":
                        say(("DRV-05", (("friend", p[0]),), ()))
                    say(("DRV-06", (("friend", p[0]),), ()))
                elif p[departed] == "yes" and p[acted] == "yes":
                    for q in people:
                        if q[prefers] == "us" and q[acted] == "yes" and q[departed] == "no":
                            break
                    else:
                        say(("DRV-07", (("friend", p[0]),), ()))
        say(("DRV-08", (), (("n", met),)))
        quiet = deal[quiet_days]
        if quiet is not None:
            limit = silence.get(deal[size_band])
            if limit is not None and quiet > limit:
                say(("DRV-09", (), ()))
        issued = deal[doc_issued]
        if issued == "no" and deal[access] in ("open", "limited"):
            say(("DRV-10", (), ()))
        if issued == "yes":
            if deal[qa_window] == "open":
                say(("DRV-11", (), ()))
            if deal[qa_window] in ("closed", "absent", None):
                say(("DRV-12", (), ()))
        edged = us[edge] == "strong"
        if edged and us[valued] == "no":
            say(("DRV-15", (), ()))
        if rivals:
            beaten = any(r[strength] in STRONGER for r in rivals)
            level = beaten or any(r[strength] == "even" for r in rivals)
            for r in rivals:
                how = r[strength]
                if how in STRONGER:
                    say(("DRV-14", (("rival", r[0]),), ()))
                elif how == "even":
                    if not beaten:
                        say(("DRV-16", (("rival", r[0]),), ()))
                elif how in WEAKER and not level:
                    if edged and us[valued] == "yes" and us[proof] == "yes":
                        say(("DRV-13", (("rival", r[0]),), ()))
                    say(("DRV-17", (("rival", r[0]),), ()))
        if not friends:
            say(("DRV-19", (), ()))
        if deal[blackout] == "yes":
            say(("DRV-20", (), ()))
        elif deal[blackout] is None and deal[public] == "yes" and issued == "yes":
            say(("DRV-21", (), ()))
        say(("DRV-22", (), ()))

    def realms(frame: Frame, say: Callable[..., None]) -> None:
        deal, us, customer = frame["deal"][0], frame["us"][0], frame["customer"][0]
        people = frame["stakeholder"]
        band, fitting = deal[size_band], us[product]
        reached = deal[contact_open] == "yes" or deal[window] == "open"
        for n in frame["need"]:
            row = (("need", n[0]),)
            clear, wide, done, covers = n[clarity], n[scope], n[custom], n[fit]
            if clear == "fully_specified":
                if fitting == "strong":
                    if (wide is None or wide in NARROW) and (done is None or done in ("none", "config")):
                        say(("RLM-01", row, ()))
                    if wide in WIDE and n[topic] in LIGHT_TOPICS and done in ("none", "config"):  # noqa: SIM102
                        if covers is not None and covers >= fit_high:
                            say(("RLM-23", row, ()))
                if n[origin] == "competitor":
                    say(("RLM-10", row, ()))
                if n[pain] in ("none", "latent"):
                    say(("RLM-11", row, ()))
                if wide in NARROW and fitting in ("moderate", "weak") and us[partner] in ("willing", "committed"):
                    say(("RLM-19", row, ()))
                if done == "none" and covers is not None and covers >= fit_full and band == "small":
                    say(("RLM-26", row, ()))
            elif clear in ("vague", "goal_only"):
                say(("RLM-02", row, ()))
                if clear == "goal_only" and customer[c_strategy] == "none_stated" and deal[eb_state] in ("met", "supportive"):
                    say(("RLM-15", row, ()))
            elif clear == "partly_specified":
                if n[driver] in ("compliance", "mandate"):
                    say(("RLM-04", row, ()))
                if wide in NARROW:
                    say(("RLM-18", row, ()))
            if wide in WIDE and (
                clear in ("vague", "goal_only", "partly_specified", None)
                or done in ("light", "heavy")
                or (done == "config" and (covers is None or covers < fit_high))
                or n[topic] in HEAVY_TOPICS
            ):
                say(("RLM-03", row, ()))
            if fitting == "weak" or (covers is not None and covers < fit_floor):
                say(("RLM-05", row, ()))
            if band in BIG and reached and n[criticality] in ("important", "mission_critical"):
                say(("RLM-06", row, ()))
            if n[start] == "product" and n[pain] == "latent" and deal[stage] in ("lead", "qualified"):
                say(("RLM-16", row, ()))
        of_size = band == "medium" or band in BIG or deal[value_k] is None
        if of_size:
            weight = sum(1 for p in people if p[influence] in ("medium", "high") and p[departed] == "no")
            if weight >= many_people:
                say(("RLM-07", (), (("n", weight),)))
            if deal[window] == "open":
                for r in frame["competitor"]:
                    if r[standing] in ("improved", "favored"):
                        say(("RLM-08", (("rival", r[0]),), ()))
        begun, promoted = deal[d_start], deal[intensity]
        if band == "small":
            high = sum(1 for p in people if p[influence] == "high" and p[departed] == "no")
            if high <= 1:
                say(("RLM-09", (), (("n", high),)))
            if begun == "need":
                say(("RLM-25", (), ()))
        soon = deal[deadline] is not None and deal[deadline] < notice
        if soon and deal[doc_type] == "tender":
            say(("RLM-12a", (), ()))
        if soon and deal[doc_type] == "rfq":
            say(("RLM-12b", (), ()))
        if frame["consultant"][0][realm] == "first" and (begun == "need" or promoted == "full"):
            say(("RLM-13", (), ()))
        if promoted == "full":
            if begun == "product":
                say(("RLM-14", (), ()))
            say(("RLM-17", (), ()))
        say(("RLM-20", (), ()))
        say(("RLM-21", (), ()))
        if band == "strategic":
            say(("RLM-22", (), ()))
        if soon and begun == "need" and deal[doc_type] in ("rfp", "tender"):
            say(("RLM-24", (), ()))

    def qualified(frame: Frame, say: Callable[..., None]) -> None:
        deal, us, customer = frame["deal"][0], frame["us"][0], frame["customer"][0]
        needs = frame["need"]
        bought, joint, helper = deal[public], deal[joint_bid], us[partner]
        value, kind, friend, asked = deal[worth], deal[doc_type], deal[champion], deal[qa_window]
        late = deal[heard] == "with_doc"
        fitting, priced = us[product], us[price]
        for n in needs:
            row = (("need", n[0]),)
            missing = n[gap]
            if missing == "unfillable":
                say(("QUA-01", row, ()))
            elif missing == "roadmap":
                say(("QUA-29", row, ()))
            elif missing == "partner" and helper == "committed" and joint == "allowed":
                say(("QUA-30", row, ()))
            if n[pain] == "quantified" and deal[budget_state] in ("none", "plausible") and deal[eb_state] in ("met", "supportive"):
                say(("QUA-12", row, ()))
            if kind == "tender" and n[fit] is not None and n[fit] < fit_tender:
                if (deal[lots] is None or deal[lots] == "single") and (helper is None or helper == "none" or joint == "forbidden"):
                    say(("QUA-16", row, ()))
                if joint == "allowed" and helper in ("willing", "committed"):
                    say(("QUA-38", row, ()))
                if deal[lots] == "split_allowed":
                    say(("QUA-47", row, ()))
        if us[papers] == "blocking":
            if joint == "forbidden" or helper == "none":
                say(("QUA-02", (), ()))
            if helper in ("willing", "committed") and (joint is None or joint == "allowed"):
                say(("QUA-37", (), ()))
        if us[capacity] == "none" and helper == "none":
            say(("QUA-03", (), ()))
        if customer[health] == "distressed" and deal[payment] != "prepaid":
            say(("QUA-04", (), ()))
        if deal[consulting] == "design_or_spec" and bought == "yes" and deal[procurement] != "single_source":
            say(("QUA-05", (), ()))
        if deal[doc_issued] == "yes":
            say(("QUA-06", (), ()))
            if deal[qualification] == "pursue":
                say(("QUA-26b" if deal[outcome] == "won" else "QUA-26a", (), ()))
        signs = deal[flags]
        if signs is not None and signs >= wired:
            if (
                late and friend in ("none", "friendly")
                and (bought is None or bought == "no" or asked in ("closed", "absent", None))
                and (bought == "yes" or deal[access] == "portal_only" or asked in ("closed", "absent"))
            ):  # fmt: skip
                say(("QUA-07", (), ()))
            if friend == "tested" and bought == "no" and deal[contact_open] == "yes":
                say(("QUA-08", (), ()))
            if bought == "yes" and asked == "open":
                say(("QUA-35", (), ()))
            if bought == "yes" and asked in ("closed", "absent") and friend == "tested":
                say(("QUA-36", (), ()))
            if late and friend in ("none", "friendly") and bought == "no":  # noqa: SIM102
                if deal[access] in ("open", "limited") and (asked is None or asked == "open"):
                    say(("QUA-44", (), ()))
        if late:
            if (
                deal[incumbent] == "competitor" and deal[trigger] == "no"
                and (bought is None or bought == "no" or (signs is not None and signs >= 1))
                and (value in ("low", "medium", None) or (deal[cost_pct] is not None and deal[cost_pct] >= small_cost))
            ):  # fmt: skip
                say(("QUA-09", (), ()))
            if kind == "rfq" and customer[current] in ("no", None):
                say(("QUA-10", (), ()))
            if (
                bought == "yes" and signs is not None and signs <= 1
                and deal[price_weight] is not None and deal[price_weight] >= slight
                and fitting == "strong" and priced in ("low", "par")
                and (deal[budget_k] is None or (deal[value_k] is not None and deal[budget_k] >= deal[value_k]))
            ):  # fmt: skip
                say(("QUA-23", (), ()))
        if deal[budget_state] == "none" and deal[event] == "none" and needs and all(n[pain] in ("none", "latent") for n in needs):
            say(("QUA-11", (), ()))
        if deal[eb_state] in ("met", "supportive") and friend == "tested" and deal[event] in ("soft", "hard") and fitting == "strong":
            say(("QUA-13", (), ()))
        if deal[access] == "portal_only":
            if bought == "no" and deal[eb_state] in ("unidentified", "named"):
                say(("QUA-14", (), ()))
            if bought == "yes":
                say(("QUA-15", (), ()))
        if priced == "high" and deal[price_weight] is not None and deal[price_weight] >= heavy:
            if value in ("low", "medium", None):
                say(("QUA-17", (), ()))
            if value == "high":
                say(("QUA-39", (), ()))
        earned = deal[margin]
        if earned is not None:
            if earned < min_margin:
                if value in ("low", "medium") and us[offering] in ("product_service", "integration", "consulting", None):
                    say(("QUA-18", (), ()))
                if value == "high":
                    say(("QUA-19", (), ()))
            if earned < min_equipment and us[offering] == "product" and value in ("low", "medium"):
                say(("QUA-40", (), ()))
        if deal[stage] in ("qualified", "analysis", "proposal"):
            say(("QUA-20", (), ()))
        if deal[carried] == "veto" and deal[score] is not None and deal[score] >= go_from:
            say(("QUA-21", (), ()))
        if helper == "none":
            hours, free = frame["effort"][0][hours_needed], frame["consultant"][0][hours_free]
            if hours is not None and free is not None and hours > free:
                say(("QUA-22", (), ()))
        if customer[behaviour] == "serial_evaluator":
            say(("QUA-24", (), ()))
        if deal[qualification] == "decline":
            say(("QUA-25b" if deal[improper] in IMPROPER else "QUA-25a", (), ()))
        if customer[pays] == "bad":
            say(("QUA-27", (), ()))
        if us[focus] == "outside" and value in ("low", "medium"):
            if customer[current] in ("no", None):
                say(("QUA-28", (), ()))
            if customer[current] == "yes":
                say(("QUA-41", (), ()))
        if customer[current] == "yes" and customer[content] in ("medium", "high") and needs and all(n[scope] in NARROW for n in needs):
            say(("QUA-31", (), ()))
        say(("QUA-32", (), ()))
        if bought == "no" and fitting == "strong" and needs and all(n[origin] == "us" for n in needs):
            say(("QUA-33", (), ()))
        if deal[strategy] == "disengage":
            say(("QUA-34", (), ()))
        if deal[channel] == "via_partner" and deal[registered] == "other_partner":
            say(("QUA-42", (), ()))
        if deal[procurement] == "framework" and deal[framework] == "not_listed":
            say(("QUA-43", (), ()))
        if deal[criteria] == "shaped_by_us" and us[capacity] in ("available", "tight"):  # noqa: SIM102
            if needs and all(n[fit] is not None and n[fit] >= fit_good for n in needs):
                say(("QUA-45", (), ()))
        if deal[size_band] == "small" and bought == "no" and priced in ("low", "par"):  # noqa: SIM102
            if needs and all(n[clarity] == "fully_specified" and n[fit] is not None and n[fit] >= fit_full for n in needs):
                say(("QUA-46", (), ()))
        if deal[outcome] in ("lost", "cancelled", "no_decision"):
            say(("QUA-48", (), ()))
        if deal[size_band] == "small" and deal[budget_state] == "none" and deal[event] not in (None, "hard"):
            say(("QUA-49", (), ()))
        if deal[budget_state] in ("none", "plausible") and deal[d_start] == "need":  # noqa: SIM102
            if needs and all(n[pain] in ("none", "latent") for n in needs):
                say(("QUA-50", (), ()))
        if deal[champion] == "lost" and deal[eb_state] in ("unidentified", "named"):
            say(("QUA-52", (), ()))
        if deal[stage] == "handover" or (deal[outcome] == "won" and deal[stage] == "contract"):
            say(("QUA-53", (), ()))

    def fire(frame: Frame) -> Fired:
        found: Fired = []
        derived(frame, found.append)
        realms(frame, found.append)
        qualified(frame, found.append)
        return found

    return fire
