"""Forms in which other programs have facts; nothing here knows the record."""
