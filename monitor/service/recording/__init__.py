"""Record what happened: one fact or a file of facts, with what follows from it."""
