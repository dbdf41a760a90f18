"""Getting what is owed to people: messages, channels, and what becomes of a try."""
