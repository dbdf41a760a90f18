"""The lines in which facts arrive: one class a kind, which says everything about itself."""
