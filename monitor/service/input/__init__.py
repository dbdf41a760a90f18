"""What people type: text, numbers and sizes that can be, and those that must be confirmed."""
