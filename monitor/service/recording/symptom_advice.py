"""What a symptom asks for beside the warnings: said where it is entered, and told to nobody.

The advice of a patient's own protocols on a group of symptoms stands alone; that of every patient
is for symptoms of which neither they nor a warning say anything.
"""

from collections.abc import Sequence

from monitor import protocols
from monitor.domain.corrections import Recorded
from monitor.domain.dates import days
from monitor.domain.facts import Kind, Result, Symptom
from monitor.domain.outcome import Severity
from monitor.domain.rule import SymptomAdvice
from monitor.service.asking import cases
from monitor.service.asking.cases import Case
from monitor.service.asking.identity import person_of
from monitor.service.recording.admission import Admission
from monitor.store import codec


def advice_on(case: Case, code: str, *, is_warned: bool) -> list[str]:
    """Say what a symptom asks for; `is_warned` says whether an urgent warning rests on it."""
    found = _advice(case, _group(code), is_warned=is_warned)
    told = [(advice.message, f"tell the patient: {advice.patient_message}") for advice in found]
    return list(dict.fromkeys(words for one in told for words in one))


def advised_by(admission: Admission, case: Case) -> list[str]:
    """Say of the symptoms of a file, once for each group, what they ask for.

    Only of those so recent that the warning of a symptom would still stand.
    """
    since = case.today - days(_lasting())
    recent = [s for s in case.watched.timeline.of(Symptom) if since <= s.on <= case.today]
    by_group: dict[str, list[Symptom]] = {}
    for symptom in recent:
        if admission.was_added(symptom):
            by_group.setdefault(_group(symptom.code), []).append(symptom)
    if not by_group:
        return []
    urgent = cases.warnings(case, least=Severity.URGENT)
    warned = {event for warning in urgent for event in warning.events}
    whom, told = person_of(case).shown, []
    for group, symptoms in by_group.items():
        is_warned = all(symptom.event in warned for symptom in symptoms)
        for advice in dict.fromkeys(_advice(case, group, is_warned=is_warned)):
            codes = ", ".join(dict.fromkeys(symptom.code for symptom in symptoms))
            last = max(symptom.on for symptom in symptoms)
            words = f"{advice.message} Tell the patient: {advice.patient_message}"
            told.append(f"ADVICE  {whom}: {codes}, last on {last}: {words}")
    return told


def _advice(case: Case, group: str, *, is_warned: bool) -> Sequence[SymptomAdvice]:
    own = [
        advice
        for treatment in case.treatments
        if treatment.timeline.course_on(case.today) is not None
        for advice in treatment.protocol_at(case.today).symptom_advice
        if advice.group == group
    ]
    if own or is_warned or case.closed is not None:
        return own
    return [a for a in protocols.every_patient().symptom_advice if a.group == group]


def symptoms_in(row: Recorded) -> list[str]:
    """Name the symptom that a fact is, or those that a result amounts to (fever, if it is hot)."""
    if row.kind == Kind.SYMPTOM:
        return [row.body["code"]]
    known = protocols.catalogue()
    fact = codec.alone(row, known) if row.kind == Kind.RESULT else None
    if not isinstance(fact, Result):
        return []
    return [one.name for one in known.symptoms.values() if one.is_seen_in(fact.code, fact.value)]


def checks_at_symptom(case: Case, code: str) -> set[str]:
    """Name the rules that ask for a check when a symptom is reported, however often that day."""
    symptom = protocols.catalogue().symptoms[code]
    return {
        rule.name
        for treatment in case.treatments
        for protocol in treatment.protocols.values()
        for rule in protocol.checks
        if rule.is_asked_by(symptom)
    }


def _group(code: str) -> str:
    return protocols.catalogue().symptoms[code].group


def _lasting() -> int:
    return max(rule.symptoms_last_days for rule in protocols.every_patient().warnings)
