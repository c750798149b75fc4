"""The commands of ``slalom``, one in each file; :mod:`slalom.cli` puts them together.

A command imports what computes only once it is called: ``slalom --help`` needs none of it.
"""
