"""The room while it is on: who is connected, what all of them see, and what only the teacher is told."""
