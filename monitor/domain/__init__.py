"""The clinic as a function: protocol, facts and day in, assessment out. No clock, no I/O."""
