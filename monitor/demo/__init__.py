"""What shows the program: a tour, and an invented clinic to try it on."""
