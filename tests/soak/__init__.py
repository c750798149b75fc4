"""What must hold however long it is tried: counts that take minutes to hours, ``make soak``.

Each module has ``rows(seconds)``: it tries as often as its goal says, or until so many seconds are over, and yields
rows of :mod:`tests.bench.measure` that say how often that was.
"""
