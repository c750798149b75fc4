"""The binary shapes that cross a process or the network: frames of a trace, and named arrays."""
