"""What invented patients are like, and how well their clinic keeps its calendar."""

import random
from dataclasses import dataclass
from decimal import Decimal

from monitor import protocols

NORMAL = {  # code -> unit, least, most; what is not here is a word of the catalogue
    "lvef": ("%", "55", "66"), "neutrophils": ("10*9/L", "1.80", "6.00"),
    "leucocytes": ("10*9/L", "4.5", "9.5"), "lymphocytes": ("10*9/L", "1.2", "2.8"),
    "platelets": ("10*9/L", "160", "350"), "haemoglobin": ("g/L", "120", "150"),
    "alt": ("U/L", "12", "38"), "ast": ("U/L", "12", "36"), "alp": ("U/L", "45", "110"),
    "bilirubin": ("umol/L", "5", "16"), "creatinine": ("umol/L", "60", "80"),
    "height": ("cm", "170", "170"), "weight": ("kg", "65.0", "67.0"),
    "cd4": ("10*9/L", "0.5", "1.2"), "temperature": ("Cel", "36.4", "37.1"),
    "urine_protein": ("mg/mmol", "4", "15"),
}  # fmt: skip
NADIR = {"neutrophils": ("10*9/L", "0.60", "2.00"), "platelets": ("10*9/L", "90", "200")}
LIMITS = {"alt": {"uln": "40"}, "ast": {"uln": "40"}, "alp": {"uln": "120"},
          "bilirubin": {"uln": "20"}, "lymphocytes": {"lln": "1.0"}}  # fmt: skip
SYMPTOMS = ({"code": "sore_throat"}, {"code": "fever", "value": "38.3", "unit": "Cel"})


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """How a clinic keeps its calendar, and how well its patients are."""

    forgotten: float  # of the checks, until they are told as overdue; and of these again
    late: float
    unusual: float  # of the values
    symptoms: float  # a patient-year
    unheard: float  # of the urgent messages: seen a day later


KEPT = {
    "well": Keeping(forgotten=0, late=0, unusual=0, symptoms=0.2, unheard=0),
    "badly": Keeping(forgotten=0.15, late=0.3, unusual=0.04, symptoms=0.4, unheard=0.3),
}


def measured(
    code: str, *, is_nadir: bool, keeping: Keeping, chance: random.Random
) -> dict[str, str]:
    """Draw a value as a laboratory sends it."""
    rarely = 0.1 if code == "hcg" else 1
    unusual = chance.random() < keeping.unusual * rarely
    if code not in NORMAL:
        return {"value": protocols.catalogue().results[code].words[-1 if unusual else 0]}
    unit, low, high = (NADIR if is_nadir and code in NADIR else NORMAL)[code]
    least, most = Decimal(low), Decimal(high)
    if unusual:
        least, most = least * Decimal("0.6"), least
    steps = chance.randint(0, 100)
    value = (least + (most - least) * steps / 100).quantize(Decimal(low))
    return {"value": str(value), "unit": unit, **LIMITS.get(code, {})}
