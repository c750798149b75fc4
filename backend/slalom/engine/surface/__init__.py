"""Descents on surfaces: ensembles of runs, their curvature, and what is recorded of them."""
