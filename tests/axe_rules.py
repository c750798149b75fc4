"""What axe finds on a page: nothing may be left, of its usual rules and of two that Lighthouse has too."""

from axe_playwright_python.sync_playwright import Axe

RULES = {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}}


def violations(page, within=None):
    """Return the rules that are broken, in the whole page or in one part, each with the first elements that do."""
    options = {"resultTypes": ["violations"], "rules": RULES}
    found = Axe().run(page, within, options).response["violations"]
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in found]
