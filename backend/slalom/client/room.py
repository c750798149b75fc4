"""Routes of the room: who is in it, what the class is asked, shows, and tries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import httpx
from pydantic import BaseModel

from slalom.results.floats import with_floats
from slalom.results.spec import as_sent

from .answers import RoomAnswer
from .route import Call, Request, route, segment

ROOM_ROUTE = "/api/room"
SECRET_COOKIE = "slalom_visitor"
"""The cookie that says who a visitor is; programs send what it holds as a token."""


class RoomRoutes:
    """Methods of the room and of its class."""

    headers: dict[str, str]
    _http: Any
    """What sends the requests of either client."""

    @route
    def room(self) -> Call[RoomAnswer]:
        """Return what one is here, and what there is to know about the room; its code only for its teacher."""
        answer = yield Request("GET", ROOM_ROUTE)
        return answer.json()

    @route
    def join(self, code: str) -> Call[RoomAnswer]:
        """Come into a room with its code, as a student from now on, and return what there is to know about it."""
        answer = yield Request("POST", f"{ROOM_ROUTE}/join", json={"code": code})
        return self._let_in(answer)

    @route
    def teach(self, secret: str) -> Call[RoomAnswer]:
        """Become the room's teacher from now on, with the secret that the server printed when it started."""
        answer = yield Request("POST", f"{ROOM_ROUTE}/teacher", json={"secret": secret})
        return self._let_in(answer)

    @route
    def rotate_code(self) -> Call[RoomAnswer]:
        """Give the room another code; whoever is in it stays. For its teacher."""
        answer = yield Request("POST", f"{ROOM_ROUTE}/code")
        return answer.json()

    @route
    def open_room(self, open: bool = True) -> Call[RoomAnswer]:
        """Let newcomers in, or not. For the teacher."""
        answer = yield Request("PATCH", ROOM_ROUTE, json={"open": open})
        return answer.json()

    @route
    def end_class(self) -> Call[RoomAnswer]:
        """End the class: its students may do nothing more here. For the teacher."""
        answer = yield Request("POST", f"{ROOM_ROUTE}/end")
        return answer.json()

    @route
    def begin_again(self) -> Call[RoomAnswer]:
        """Begin another class after one has ended, with another code and nobody in it. For the teacher."""
        answer = yield Request("POST", f"{ROOM_ROUTE}/again")
        return answer.json()

    @route
    def choose_nickname(self, nickname: str | None) -> Call[str | None]:
        """Choose what one is called on boards and on the stage, None for nothing; return it as it is shown."""
        answer = yield Request("PUT", f"{ROOM_ROUTE}/nickname", json={"nickname": nickname})
        return answer.json()["nickname"]

    @route
    def ask_poll(self, poll: Mapping[str, Any] | BaseModel) -> Call[dict[str, Any]]:
        """Ask the class something, and return the poll, which is open and on the stage. For the teacher.

        ``{"kind": "choice", "question": "Which is faster?", "options": ["Adam", "Momentum"]}``; other kinds are
        number and sketch.
        """
        answer = yield Request("POST", f"{ROOM_ROUTE}/polls", json=as_sent(poll))
        return with_floats(answer.json())

    @route
    def poll(self, id: str) -> Call[dict[str, Any]]:
        """Return a poll and one's own vote; what others answered only where it is revealed."""
        answer = yield Request("GET", f"{ROOM_ROUTE}/polls/{segment(id)}")
        return with_floats(answer.json())

    @route
    def move_poll(
        self, id: str, state: Literal["open", "closed", "revealed"], round: int | None = None
    ) -> Call[dict[str, Any]]:
        """Close a poll to votes, open its next ``round``, or reveal what was answered. For the teacher."""
        wish = {"state": state} | ({} if round is None else {"round": round})
        answer = yield Request("PATCH", f"{ROOM_ROUTE}/polls/{segment(id)}", json=wish)
        return with_floats(answer.json())

    @route
    def drop_poll(self, id: str) -> Call[None]:
        """Take a poll off the stage; what was answered stays. For the teacher."""
        yield Request("DELETE", f"{ROOM_ROUTE}/polls/{segment(id)}")

    @route
    def vote(self, id: str, value: float | list[float], round: int = 1) -> Call[dict[str, Any]]:
        """Answer a poll: the number of an option from 0 on, a number, or five heights; return it as it is counted."""
        answer = yield Request(
            "PUT", f"{ROOM_ROUTE}/polls/{segment(id)}/vote", json={"round": round, "value": as_sent(value)}
        )
        return with_floats(answer.json())

    @route
    def poll_results(self, id: str) -> Call[str]:
        """Return what was answered as CSV: round, value and how often; nothing says by whom. For the teacher."""
        answer = yield Request("GET", f"{ROOM_ROUTE}/polls/{segment(id)}/results.csv")
        return answer.text

    @route
    def offer(self, name: str, state: str | None = None, experiment: str | None = None) -> Call[dict[str, Any]]:
        """Offer a set-up (the fragment of a share link) or a stored experiment to be shown to all."""
        wish = {"name": name, "state": state, "experiment": experiment}
        given = {name: value for name, value in wish.items() if value is not None}
        answer = yield Request("POST", f"{ROOM_ROUTE}/offers", json=given)
        return answer.json()

    @route
    def offers(self) -> Call[list[dict[str, Any]]]:
        """Return what is offered, oldest first. For the teacher."""
        answer = yield Request("GET", f"{ROOM_ROUTE}/offers")
        return answer.json()["items"]

    @route
    def present_offer(self, id: str) -> Call[None]:
        """Put an offer on the stage; an experiment is shared with all. For the teacher."""
        yield Request("POST", f"{ROOM_ROUTE}/offers/{segment(id)}/present")

    @route
    def take_back(self, id: str) -> Call[None]:
        """Take back one's own offer; the teacher declines any."""
        yield Request("DELETE", f"{ROOM_ROUTE}/offers/{segment(id)}")

    @route
    def set_challenge(self, challenge: Mapping[str, Any] | BaseModel) -> Call[dict[str, Any]]:
        """Challenge the class, and put it on the stage; ``{"preset": "rosenbrock"}`` is one. For the teacher."""
        answer = yield Request("POST", f"{ROOM_ROUTE}/challenges", json=as_sent(challenge))
        return with_floats(answer.json())

    @route
    def challenges(self) -> Call[dict[str, Any]]:
        """Return the challenges of the room, newest first, as ``items``, and ``presets`` for new ones."""
        answer = yield Request("GET", f"{ROOM_ROUTE}/challenges")
        return with_floats(answer.json())

    @route
    def challenge(self, id: str) -> Call[dict[str, Any]]:
        """Return a challenge and its board: the best of everybody, the fewest steps first."""
        answer = yield Request("GET", f"{ROOM_ROUTE}/challenges/{segment(id)}")
        return with_floats(answer.json())

    @route
    def submit(self, id: str, attempt: Mapping[str, Any] | BaseModel) -> Call[dict[str, Any]]:
        """Submit the settings of a run to a challenge: they are run by the server, and the best of one is kept."""
        answer = yield Request(
            "POST", f"{ROOM_ROUTE}/challenges/{segment(id)}/submissions", json={"run": as_sent(attempt)}
        )
        return with_floats(answer.json())

    @route
    def hide_submission(self, id: str, submission: str, hidden: bool = True) -> Call[dict[str, Any]]:
        """Take a submission off the board of a challenge, or put it back. For the teacher."""
        path = f"{ROOM_ROUTE}/challenges/{segment(id)}/submissions/{segment(submission)}"
        answer = yield Request("PATCH", path, json={"hidden": hidden})
        return with_floats(answer.json())

    @route
    def embed(self, lesson: str | None = None, experiment: str | None = None, days: int = 180) -> Call[dict[str, Any]]:
        """Return a link, and HTML, that show a lesson or an experiment within another page for some days."""
        wish = {"lesson": lesson, "experiment": experiment, "days": days}
        given = {name: value for name, value in wish.items() if value is not None}
        answer = yield Request("POST", "/api/embed", json=given)
        return answer.json()

    def _let_in(self, answer: httpx.Response) -> RoomAnswer:
        """Be from now on who the answer says."""
        if (secret := answer.cookies.get(SECRET_COOKIE)) is not None:
            self.headers = {"Authorization": f"Bearer {secret}"}
            self._http.headers.update(self.headers)
        return answer.json()
