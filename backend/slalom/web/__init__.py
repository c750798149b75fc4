"""The server: one router per noun, assembled in ``app``; it describes and forwards, and never imports torch."""
