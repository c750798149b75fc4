"""The room: what a class is asked and what comes of it, what it sees together, and what it competes for."""
