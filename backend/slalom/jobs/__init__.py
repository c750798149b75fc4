"""Who runs what, where and when: the queue, the processes, and what to say when one of them dies.

The engine is named here and never imported; :mod:`slalom.jobs.worker_main` imports it inside the process that runs it.
"""
