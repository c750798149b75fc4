"""Training of networks: many of one architecture at once, batch by batch, and what is measured on the way."""
