"""The clinic's own chain of facts, beside those of patients: whom it names for everybody.

It stands in the table of patients, so that its facts are appended, chained and checked as all
are; every list and count of patients leaves it out.
"""

from monitor.store.tables import patient

CLINIC = "the clinic"  # no patient's identifier: these have no spaces
IS_PATIENT = patient.c.id != CLINIC
