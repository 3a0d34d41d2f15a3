"""The voices, the model, the state and the figures of a server."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import TypeAdapter, ValidationError

from xtts_jax.errors import UserError
from xtts_jax.serve import answers
from xtts_jax.serve.problems import Problem
from xtts_jax.serve.service import Service
from xtts_jax.serve.uploads import FILE, read_form
from xtts_jax.serve.voices import CONSENT, described

LONGEST_NAME = 100
_FORM = {
    "type": "object",
    "required": [FILE],
    "properties": {
        FILE: {"type": "string", "format": "binary", "description": "3 to 30 s of one person speaking"},
        "name": {"type": "string", "description": "how to call the voice in lists"},
        "denoise": {"type": "boolean", "description": "take steady noise out of the recording"},
    },
}
_UPLOAD = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}}


def router(service: Service) -> APIRouter:
    routes = APIRouter()
    _add_voices(routes, service)
    _add_models(routes, service)

    figures: answers.Answers = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}

    @routes.get("/metrics", tags=["state"], response_class=Response, responses=figures)
    async def metrics() -> Response:
        """For Prometheus."""
        return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return routes


def health_router(service: Service) -> APIRouter:
    """Apart from the others, as it needs no key."""
    routes = APIRouter()
    closing: answers.Answers = {503: {"model": answers.Health, "description": "The server is being stopped"}}

    @routes.head("/health", include_in_schema=False)
    @routes.get("/health", tags=["state"], response_model=answers.Health, responses=closing)
    async def health() -> JSONResponse:
        """503 while the server is being stopped, so that a load balancer asks another one."""
        closing = service.desk.closing
        state = {"status": "closing" if closing else "ok", "model": service.model, "step": service.tts.step}
        return JSONResponse(state | {"places_taken": service.desk.places.taken}, 503 if closing else 200)

    return routes


def _add_voices(routes: APIRouter, service: Service) -> None:
    @routes.get(
        "/v1/voices", tags=["voices"], response_model=answers.Voices, response_model_exclude_unset=True
    )
    async def voices() -> dict[str, Any]:
        """The speakers of the run, and the uploaded voices."""
        return {"object": "list", "data": service.voices.describe()}

    @routes.post(
        "/v1/voices",
        tags=["voices"],
        status_code=201,
        openapi_extra=_UPLOAD,
        response_model=answers.MadeVoice,
        response_model_exclude_unset=True,
        responses=answers.failures(400, 408, 409, 413, 415, 429, 503),
    )
    async def upload(request: Request) -> dict[str, Any]:
        """Makes a voice of a recording. Its `id` is a `voice` of POST /v1/audio/speech."""
        try:
            made = await _upload(request, service)
        except Problem:
            service.metrics.uploads.labels("refused").inc()
            raise
        service.metrics.uploads.labels("taken").inc()
        return made

    @routes.delete(
        "/v1/voices/{voice_id}",
        tags=["voices"],
        response_model=answers.DeletedVoice,
        responses=answers.failures(403, 404),
    )
    async def delete(voice_id: Annotated[str, Path()]) -> dict[str, Any]:
        """Forgets an uploaded voice."""
        service.voices.remove(voice_id)
        await service.desk.do(lambda: service.tts.voices.forget(voice_id), [])
        return {"id": voice_id, "object": "voice.deleted", "deleted": True}


async def _upload(request: Request, service: Service) -> dict[str, Any]:
    service.desk.require_open()
    service.voices.require_room()
    with service.uploads.places.take():
        data, fields = await read_form(request)
        recording = await service.uploads.decode(data, service.sample_rate)
    name, notices = " ".join(fields.get("name", "").split())[:LONGEST_NAME], []
    denoised = _yes_or_no("denoise", fields.get("denoise") or "no")
    service.voices.require_room()
    voice = service.voices.add(name)

    def keep() -> None:
        audio, clipped = recording
        service.tts.voices.keep(voice.id, audio, clipped_samples=clipped, denoised=denoised)

    try:
        with service.desk.place():
            await service.desk.do(keep, notices)
    except BaseException as error:
        service.voices.remove(voice.id)
        if isinstance(error, UserError):
            raise Problem(400, str(error), param=FILE, code="unusable_recording") from error
        raise
    return {**described(voice), "notices": notices, "consent": CONSENT}


def _yes_or_no(field: str, given: str) -> bool:
    try:
        return TypeAdapter(bool).validate_python(given)
    except ValidationError as error:
        message = f"'{field}' must be true or false, not {given[:60]!r}."
        raise Problem(400, message, param=field, code="invalid_value") from error


def _add_models(routes: APIRouter, service: Service) -> None:
    @routes.get("/v1/models", tags=["models"], response_model=answers.Models)
    async def models() -> dict[str, Any]:
        """The one model of this server, with its languages and emotions."""
        return {"object": "list", "data": [service.describe()]}

    @routes.get(
        "/v1/models/{model}", tags=["models"], response_model=answers.Model, responses=answers.failures(404)
    )
    async def model(model: Annotated[str, Path()]) -> dict[str, Any]:
        if model != service.model:
            raise Problem(
                404,
                f"The model of this server is {service.model!r}, not {model[:60]!r}.",
                param="model",
                code="model_not_found",
            )
        return service.describe()
