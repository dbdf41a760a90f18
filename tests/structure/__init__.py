"""How long the program is to understand, measured; and that it answers as it did before."""
