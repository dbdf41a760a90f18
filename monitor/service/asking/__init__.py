"""Ask the record: where patients stand, and why. Nothing is recorded here."""
