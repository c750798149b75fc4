"""The learning-rate range test: published rules that read a rate off its curve, and runs that check them."""
