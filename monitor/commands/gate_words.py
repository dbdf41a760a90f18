"""The gate in words: one patient's, requirement by requirement, and everybody's of a day."""

from collections.abc import Iterable

from monitor.commands.render import say, sources, table
from monitor.domain.facts import Result
from monitor.domain.outcome import State, Verdict
from monitor.domain.rules.answer import Requirement
from monitor.service.asking.answers import GateAnswer, GatesAnswer, Lifetime, Unknown

NOT_REVIEWED = "draft protocol, not clinically reviewed"
ADVISES = "This program advises; people decide. It is not a certified medical device."


_GRAVEST_FIRST = (State.NOT_MET, State.UNKNOWN, State.CAUTION, State.MET)


def show_gate(answer: GateAnswer, *, full: bool = False) -> None:
    """Show the gate: first what speaks against the infusion, then in one line what is met."""
    gate, lifetime, protocol = answer.gate, answer.lifetime, answer.protocol
    kind = "dose" if lifetime is None else "infusion"
    say(
        f"{gate.verdict.upper()}  {answer.person.shown}, {kind} on {gate.on}"
        f"  ({protocol.name} {protocol.version})"
    )
    if not protocol.reviewed:
        say(f"  {NOT_REVIEWED}")
    if gate.verdict is Verdict.CLEAR:
        say("  nothing recorded argues against it")
    for note in gate.notes:
        say(f"  hold: {note}")
    if answer.not_judged:
        say(f"  {answer.not_judged}")
    for fact in gate.left_out:
        what = f"{fact} of that day (event {fact.event})"
        say(f"  caution: {what} is on record and left out")
    if gate.advice is not None:
        mg_per_m2 = answer.advised
        size = f" to {mg_per_m2} mg/m2" if mg_per_m2 else ""
        say(f"  dose advice: {gate.advice.decision}{size}; {gate.advice.message}")
    dose = answer.dose
    if dose is not None:
        known = f"{dose.bsa_m2} m2 = {dose.mg_per_m2} mg/m2"
        say(f"  dose: {dose.mg} mg / {'body surface unknown' if dose.bsa_m2 is None else known}")
    if lifetime is not None:
        say("  " + lifetime_words(lifetime))
    asked = sorted(gate.requirements, key=lambda one: _GRAVEST_FIRST.index(one.state))
    met = [] if full else [one for one in asked if _is_plainly_met(one)]
    rows = [
        (one.rule, one.state.replace("_", " "), one.message, sources(one.cites))
        for one in asked
        if one not in met
    ]
    if rows:
        table(("requirement", "state", "why", "source"), rows, indent=2)
    if met:
        say(f"  met: {', '.join(map(_in_short, met))}  (--full says why)")
    say(f"  {ADVISES}")


def _is_plainly_met(asked: Requirement) -> bool:
    return asked.state is State.MET and asked.verdict is Verdict.CLEAR


def _in_short(met: Requirement) -> str:
    """Name a requirement, with the results that meet it and their days."""
    results = [fact for fact in met.facts if isinstance(fact, Result)]
    if [one.code for one in results] == [met.rule]:
        return f"{results[0]} on {results[0].on}"
    said = ", ".join(f"{one} on {one.on}" for one in results)
    return f"{met.rule} ({said})" if said else met.rule


def show_unknown(unknown: Iterable[Unknown]) -> str:
    """Show first of whom nothing is known; gives whom the rest of the answer is about."""
    for one in unknown:
        say(f"NOT KNOWN  {one.why}")
    return "for the others: " if unknown else ""


def show_gates(answer: GatesAnswer) -> None:
    """Show the gates of a day, one line each."""
    of = show_unknown(answer.unknown)
    if not answer.gates:
        say(f"{of}nobody is booked for {answer.on}")
        return
    rows = [
        (one.person.shown, one.gate.verdict.value, "; ".join(_reasons(one)), one.protocol.name)
        for one in answer.gates
    ]
    table(("patient", "verdict", "because", "protocol"), rows)
    if any(not one.protocol.reviewed for one in answer.gates):
        say(NOT_REVIEWED)


def _reasons(answer: GateAnswer) -> list[str]:
    """Say what holds; of what may go ahead with caution, each reason in full: it must be read."""
    gate = answer.gate
    if gate.verdict is Verdict.CAUTION:
        reasons = [words for _, _, words in answer.against()]
        return [*filter(None, [answer.not_judged]), *reasons]
    return [
        *gate.notes,
        *filter(None, [answer.not_judged]),
        *(f"{fact} of that day left out" for fact in gate.left_out),
        *(
            f"{r.rule} {r.state.replace('_', ' ')}"
            for r in gate.requirements
            if r.verdict in (Verdict.HOLD, Verdict.STOP)
        ),
    ]


def lifetime_words(dose: Lifetime) -> str:
    """Say how much was given, and what is left."""
    if dose.given is None:
        return f"lifetime dose unknown, at least {dose.at_least} of {dose.ceiling} mg/m2"
    over = f", over by {dose.over_by}" if dose.over_by not in ("0.00", None) else ""
    left = f"{dose.remaining} left" + (f" ({dose.remaining_mg} mg)" if dose.remaining_mg else "")
    return f"lifetime dose {dose.given} of {dose.ceiling} mg/m2, {left}{over}"
