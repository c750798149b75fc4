"""Pictures as files, without a browser: what Plotly shows on a screen, on paper and as a film.

They are drawn by matplotlib, which ``pip install "slalom[figures]"`` brings. Plotly's own writer of files, kaleido,
starts a Chrome, which clusters and containers seldom have.
"""

from __future__ import annotations

from .saving import save_figure

__all__ = ["save_figure"]
