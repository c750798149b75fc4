"""Files made of traces and maps."""
