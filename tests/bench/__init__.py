"""Performance claims, each measured in one run against its peer: ``make bench``."""
