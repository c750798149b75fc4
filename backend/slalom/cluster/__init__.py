"""Experiments on a Ray cluster: one detached actor each, and the tiles of large ones on all nodes (slalom[ray]).

Nothing else of Slalom imports Ray, and nothing imports this package but a server whose executor is ``ray``.
"""
