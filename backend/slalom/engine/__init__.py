"""What happens in a worker: descents of many runs at once, what is measured on them, and what came of them.

Everything here runs on NumPy; torch is imported only where an ensemble is large enough to gain from it.
"""
