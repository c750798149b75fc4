"""Streams of running experiments to viewers."""
