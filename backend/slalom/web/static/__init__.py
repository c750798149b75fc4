"""The page: its files, joined into bundles."""
