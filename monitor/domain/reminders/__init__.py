"""Reminding as a function: what is owed to whom, in which words, and when to look again. Pure."""
