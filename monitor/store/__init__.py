"""The record: facts appended to a database, and read back."""
