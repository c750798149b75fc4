"""What many runs say together: pure NumPy over their columns."""
