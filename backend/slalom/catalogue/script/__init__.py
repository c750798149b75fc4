"""A run as a plain PyTorch program: what torch.nn and torch.optim make of the same spec."""
