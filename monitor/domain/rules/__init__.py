"""The rules that protocols are made of: one class a kind, pure."""
