"""Logs of loops that are over, of other tools: read, and explained as far as they go."""
