"""Offers: a student would show something to all, and the teacher puts it on the stage."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.catalogue.base.choice import Name
from slalom.errors import NotFound
from slalom.room.stage import Fragment, Id, Presented, StageCursor, StageView
from slalom.web.http.access import check_thing
from slalom.web.http.dependencies import (
    REFUSALS,
    JsonBody,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.visitors import Visitor
from slalom.web.live.room.live import StageDep
from slalom.web.live.room.stage import Stage

from .polls import RoomThingId

router = APIRouter(prefix="/api/room", tags=["room"])


class OfferWish(BaseModel):
    """What somebody would show: a set-up, a stored experiment, or both."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    name: Name = Field(min_length=1)
    state: Fragment | None = None
    """The set-up, as the fragment of a share link carries it."""
    experiment: Id | None = None
    """A stored experiment; shown, it is shared with all."""

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if self.state is None and self.experiment is None:
            raise ValueError("needs a state or an experiment to show")
        return self


@router.post(
    "/offers",
    status_code=201,
    response_class=Response,
    openapi_extra=request_schema("OfferWish", {"name": "It turns back", "state": "1.W10.x"}),
    responses=response_schema("Offered", "The offer.", 201),
)
async def create_offer(
    wish: Annotated[OfferWish, Depends(JsonBody(TypeAdapter(OfferWish)))], stage: StageDep, visitor: VisitorDep
) -> Response:
    """Offer something to be shown to all; it takes the place of one's former offer that was not shown."""
    told = await run_in_threadpool(_offered, stage, visitor, wish)
    stage.offers_changed()
    return json_answer(told, 201)


@router.get("/offers", response_class=Response, responses=response_schema("OfferList", "What is offered."))
def list_offers(stage: StageDep) -> Response:
    """Return what is offered, oldest first. For the teacher."""
    return json_answer({"items": [one.told() for one in stage.store.offers.list(stage.room_id)]})


@router.post("/offers/{id}/present", status_code=204, response_class=Response, responses=REFUSALS)
async def present_offer(id: RoomThingId, stage: StageDep) -> Response:
    """Put an offer on the stage, with its student's nickname; an experiment is shared with all. For the teacher."""
    record = await run_in_threadpool(stage.store.offers.get, stage.room_id, id)
    view = StageView(page="workbench", state=record.state, experiment=record.experiment)
    speed = stage.document.cursor.speed
    await stage.show(view=view, cursor=StageCursor(step=0, speed=speed), presented=Presented(nickname=record.nickname))
    await run_in_threadpool(stage.store.offers.remove, id)
    stage.offers_changed()
    return Response(status_code=204)


@router.delete("/offers/{id}", status_code=204, response_class=Response, responses=REFUSALS)
async def delete_offer(id: RoomThingId, stage: StageDep, visitor: VisitorDep) -> Response:
    """Take back one's own offer; the teacher declines any."""
    await run_in_threadpool(_remove, stage, visitor, id)
    stage.offers_changed()
    return Response(status_code=204)


def _offered(stage: Stage, visitor: Visitor, wish: OfferWish) -> dict[str, Any]:
    room, offers = stage.room_id, stage.store.offers
    if wish.experiment is not None:
        check_thing(stage.store, visitor, "experiment", wish.experiment)
        stage.store.experiments.get(wish.experiment)
    return offers.get(room, offers.add(room, visitor.id, wish.name, wish.state, wish.experiment)).told()


def _remove(stage: Stage, visitor: Visitor, id: str) -> None:
    record = stage.store.offers.get(stage.room_id, id)
    if not visitor.runs_it and record.visitor != visitor.id:
        raise NotFound("offer", id, f"There is no offer {id[:40]!r} of yours.")
    stage.store.offers.remove(id)
