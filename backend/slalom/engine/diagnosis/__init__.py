"""What came of every run and why: measured while it happens, decided by one class per kind of outcome."""
