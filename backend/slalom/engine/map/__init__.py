"""Maps: one outcome per pixel, computed in tiles by a pool of processes."""
