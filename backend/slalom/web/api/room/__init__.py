"""What a class does together: who is in the room, and what they see and say."""
