"""The API as an ASGI application, and the thread that serves it."""

import logging
import secrets
import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import msgspec
import uvicorn
from anyio import CapacityLimiter, fail_after, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from adyton.assembly.caller import internal_error, public_error
from adyton.assembly.operations import OPERATIONS, dispatch
from adyton.assembly.perimeter import Perimeter
from adyton.assembly.publication import published
from adyton.faces.connection import BoundedProtocol
from adyton.faces.problems import INTERNAL, bug_text, problem_of
from adyton.identity import Principal
from adyton.terms import AdytonError, Malformed, Secret, TooLarge, Unidentified

BROKEN_OFF = 400  # nobody is there to read it
STOP_S = 30.0
CONTAINING_THREADS = 8
BODY_S = 300.0  # from the head to the last byte of a known caller's body
LARGEST_CALL_BYTES = 96 * 1024 * 1024  # exhibits travel inside a call
DIARY = logging.getLogger("adyton.api")
PREFIX = "Bearer "


def json_response(status: int, content: object) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def problem_response(error: AdytonError) -> Response:
    """The answer that tells of `error`."""
    return json_response(problem_of(error).status, public_error(error))


async def read_body(request: Request) -> bytes:
    """The request's body, at most `LARGEST_CALL_BYTES` in `BODY_S`. Raises TooLarge, Malformed."""
    content = bytearray()
    try:
        with fail_after(BODY_S):
            async for piece in request.stream():
                content += piece
                if len(content) > LARGEST_CALL_BYTES:
                    raise TooLarge("the call is too large", mend="send fewer or smaller files")
    except TimeoutError as error:
        raise Malformed("the body did not come in time", mend="send fewer files") from error
    return bytes(content)


async def read_params(request: Request) -> dict[str, Any]:
    """The parameters in the body. Raises Malformed, TooLarge."""
    body = await read_body(request)
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Malformed("the body is not a JSON object") from error


def bearer(request: Request) -> Secret[str]:
    """The presented credential, possibly empty."""
    value = request.headers.get("authorization", "")
    return Secret(value[len(PREFIX) :] if value.startswith(PREFIX) else "")


def check_known(perimeter: Perimeter, key: Secret[str]) -> Principal:
    """Who asks; Unidentified before a stranger makes us read a body. The call asks again."""
    try:
        return perimeter.identity.authenticate(key.reveal())
    except Unidentified:
        perimeter.refusals.unidentified()
        raise


def make_api(perimeter: Perimeter) -> Starlette:
    """The application over one opened perimeter.

    What shuts somebody out has threads of its own: the others may all wait for a witness.
    """
    containing = CapacityLimiter(CONTAINING_THREADS)

    async def call(request: Request) -> Response:
        name = request.path_params["name"]
        operation = OPERATIONS.get(name)
        try:
            caller = check_known(perimeter, bearer(request))
            try:
                params = await read_params(request)
            except Malformed as error:
                asked = name if operation is not None else ""
                perimeter.refusals.note(error, caller=caller, operation=asked, asked="")
                raise
            answer = await to_thread.run_sync(
                dispatch,
                perimeter,
                bearer(request),
                name,
                params,
                limiter=containing if operation is not None and operation.contains else None,
            )
        except AdytonError as error:
            return problem_response(error)
        except ClientDisconnect:
            return json_response(BROKEN_OFF, {})
        except Exception as error:  # noqa: BLE001  (the border: a bug must not show its insides)
            number = secrets.token_hex(4)
            DIARY.error("internal error %s: %s", number, bug_text(error))
            return json_response(INTERNAL.status, internal_error(number))
        return json_response(200, answer)

    async def ledger_file(request: Request) -> Response:
        path = request.path_params["path"]
        try:
            found = await run_in_threadpool(published, perimeter, bearer(request), path)
        except AdytonError as error:
            return problem_response(error)
        headers = {"content-type": found.media_type, "cache-control": found.cache}
        return Response(found.content, headers=headers)

    async def health(_request: Request) -> Response:
        return json_response(200, {"ok": True})

    return Starlette(
        routes=[
            Route("/call/{name}", call, methods=["POST"]),
            Route("/ledger/{path:path}", ledger_file, methods=["GET"]),
            Route("/health", health, methods=["GET"]),
        ]
    )


class ApiServer:
    """Serves an application on listening sockets, in a thread of its own, until `stop`."""

    def __init__(self, app: Starlette, sockets: Sequence[socket.socket]) -> None:
        config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            access_log=False,
            log_config=None,
            log_level="error",  # a line for each unreadable request would fill the disk
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(STOP_S),
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": list(sockets)},
            name="adyton-api",
            daemon=True,
        )

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let calls under way end, then stop."""
        self._server.should_exit = True
        self._thread.join(STOP_S)
