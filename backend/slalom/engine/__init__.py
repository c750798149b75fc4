"""What happens in a worker: descents of many runs at once, what is measured on them, and what came of them.

Surfaces run on NumPy, networks on torch, which is imported only for them.
"""
