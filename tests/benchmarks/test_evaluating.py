"""Evaluating beside the second implementation (tests/oracle); see docs/performance.md.

Both are told the same records beforehand and asked the same of each patient. Neither keeps
anything from the round before: the records are folded anew, the oracle's tables emptied.
Processor time is taken, the quickest of some rounds: other work on the machine does not count.
"""

from datetime import date, timedelta
from time import process_time

from monitor.domain.assessment import evaluate
from monitor.domain.outcome import CheckState
from monitor.service.asking import cases as queries
from monitor.service.asking.answers import exposure_answer
from monitor.service.asking.cases import Case
from monitor.service.asking.proposed_dose import proposal
from tests.oracle import Oracle, nums
from tests.oracle.clinic import NOW, Clinic
from tests.oracle.compare import AHEAD_DAYS, differences
from tests.oracle.histories import Ask, History

AS_OF = date(2026, 11, 20)
UNTIL = AS_OF + timedelta(AHEAD_DAYS)
DOSE = {"dose_mg": "20", "height_cm": "170", "weight_kg": "66"}
ASK = Ask(as_of=AS_OF, on=AS_OF, known=NOW, dose=DOSE)
PROPOSED = {**DOSE, "bsa_m2": None, "bsa_formula": None, "route": "iv"}
STATES = [state.value for state in CheckState]
ROUNDS = 5


def test_evaluating_beside_the_second_implementation(benchmark, clinics):
    assert not [found for one in clinics for found in differences(History(one, [ASK]))]

    theirs = min(ask_the_oracle(clinics) for _ in range(ROUNDS))
    ours = benchmark.pedantic(lambda: min(ask_the_program(clinics) for _ in range(ROUNDS)))

    report_rate(benchmark, "the second implementation", ours, theirs, len(clinics), "10")


def ask_the_program(clinics: list[Clinic]) -> float:
    cases = [clinic.case(AS_OF, NOW) for clinic in clinics]
    begin = process_time()
    for case in cases:
        answer(case)
    return process_time() - begin


def answer(case: Case) -> None:
    queries.ask_gate(case, on=AS_OF, proposal=proposal(on=AS_OF, **PROPOSED))
    evaluate(case.treatment(), AS_OF, until=UNTIL)
    list(exposure_answer(case).doses())


def ask_the_oracle(clinics: list[Clinic]) -> float:
    for table in (nums.months, nums._read, nums.mosteller, nums.dubois):
        table.cache_clear()
    oracles = [clinic.oracle(NOW) for clinic in clinics]
    begin = process_time()
    for oracle in oracles:
        say(oracle)
    return process_time() - begin


def say(oracle: Oracle) -> None:
    oracle.gate(AS_OF, AS_OF, **DOSE)
    oracle.upcoming(AS_OF, UNTIL, STATES)
    oracle.warnings(AS_OF)
    oracle.exposure(AS_OF)


def report_rate(benchmark, beside: str, ours: float, theirs: float, patients: int, aim: str):
    """Say how many patients a second both do, and note it for the page (`__main__.py`)."""
    rates = [f"{patients / took:,.0f} patients/s" for took in (ours, theirs)]
    name, ratio = f"evaluate, beside {beside}", theirs / ours
    benchmark.extra_info.update(
        name=name, ratio=ratio, aim=f"at least {aim}", ours=rates[0], beside=rates[1]
    )
    print(f"\n{name}: {' / '.join(rates)} = {ratio:.2f} (aim {aim})")
