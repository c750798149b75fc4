"""Pictures as files, without a browser: what Plotly shows on a screen, on paper, as a film, and as a page that replays.

They are drawn by matplotlib, which ``pip install "slalom[figures]"`` brings. Plotly's own writer of files, kaleido,
starts a Chrome, which clusters and containers seldom have.
"""

from __future__ import annotations
