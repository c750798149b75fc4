"""What every group of runs in lock step has: learning rates, gradient transforms, checkpoints and interfaces."""
