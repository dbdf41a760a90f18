"""Watch that people on drugs that are safe only under monitoring are monitored.

Advises; people decide. Not a certified medical device.
"""

__version__ = "0.1.0"
