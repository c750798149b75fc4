"""Chromium as it is installed here, and how it is started: quietly, and without bars of its own.

A new window loads pages of Chromium's own for its address bar. They take a second of a processor, and the tests and
measurements of Slalom's page would share it with them.
"""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BARS = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    *("PreloadTopChromeWebUI", "PreloadTopChromeWebUILessNavigations"),
)
NOT_FOR_TESTS = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "LensOverlay"),
    *("MediaRouter", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("PaintHolding", "ThirdPartyStoragePartitioning", "DestroyProfileOnBrowserClose"),
)
"""What Playwright takes away by itself, in an option of which Chromium reads only the last."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join((*BARS, *NOT_FOR_TESTS))}",
]


def chromium_path() -> str | None:
    """Return where Chromium is, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)
