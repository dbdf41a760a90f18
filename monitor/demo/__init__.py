"""An invented clinic, to try the program on."""
