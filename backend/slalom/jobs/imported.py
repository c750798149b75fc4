"""Imported last in the process that workers are forked from: see :mod:`slalom.jobs.importing`."""

from .importing import finish

finish()
