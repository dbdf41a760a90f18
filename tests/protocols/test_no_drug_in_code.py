"""No drug stands in the code: the next one is a YAML file."""

import re
from pathlib import Path

from monitor import protocols

CODE = Path(protocols.__file__).parents[1]
FILES = sorted(CODE.rglob("*.py"))


def words_of_drugs() -> set[str]:
    """List what the protocols that ship call their drugs, and the related ones they name."""
    found: set[str] = set()
    for name in protocols.names():
        protocol = protocols.load(name)
        found |= {protocol.drug, *protocol.brands}
        if protocol.related_exposure is not None:
            found |= set(protocol.related_exposure.drugs)
    prior = re.compile(r"prior_(\w+)_mg_m2")
    found |= {m[1] for fact in protocols.catalogue().facts if (m := prior.fullmatch(fact))}
    return {word.casefold() for word in found} - {"related_converted"}


def test_the_drugs_are_known():
    known = {"mitoxantrone", "alemtuzumab", "cladribine", "clozapine", "doxorubicin"}
    assert known <= words_of_drugs()
    assert {"novantrone", "lemtrada", "mavenclad", "epirubicin"} <= words_of_drugs()
    assert len(FILES) > 100


def test_no_drug_is_named_in_the_code():
    texts = {path: path.read_text(encoding="utf-8").casefold() for path in FILES}
    drugs = words_of_drugs()

    named = {(path, word) for path in FILES for word in drugs if word in texts[path]}

    assert named == set()
