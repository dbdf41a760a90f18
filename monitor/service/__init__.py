"""The use cases: one function per thing one can ask or record."""
