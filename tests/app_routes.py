"""What an application answers: every route of it, the included ones too."""


def routes_of(app, kind):
    found, waiting = [], list(app.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, kind):
            found.append(route)
        waiting += getattr(getattr(route, "original_router", route), "routes", None) or []
    return found
