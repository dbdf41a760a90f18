"""What protocols say on their own: as a page, side by side, played through. Without a record."""
