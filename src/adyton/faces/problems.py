"""The one table of error families: HTTP status, exit code, public text (docs/errors.md).

Wire form: one JSON body that the OpenAI and the Anthropic SDKs both understand, as a reply and
as a frame in mid-stream. What is hidden and what is missing have one constant body.
"""

import json
from dataclasses import dataclass

from adyton.terms import (
    AdytonError,
    Conflict,
    Exhausted,
    Malformed,
    Misconfigured,
    Missing,
    Refused,
    Tampered,
    TooLarge,
    Unavailable,
    Unidentified,
)

EXIT_DONE = 0
EXIT_FOUND = 1  # a check found something
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """How one family of errors looks from outside.

    `text` is all that is said, unless `own_text`: then the error's own message and what mends it,
    which by the rules of the family hold no value, name or secret.
    """

    status: int
    exit_code: int
    kind: str  # `error.type` of the wire form
    code: str
    text: str
    own_text: bool = False
    retry: bool = False  # whether a client may send the same again by itself


INTERNAL = Problem(
    status=500, exit_code=70, kind="api_error", code="internal", text="internal error"
)
# Subclasses before their family.
TABLE: tuple[tuple[type[AdytonError], Problem], ...] = (
    (
        Unidentified,
        Problem(
            status=401,
            exit_code=3,
            kind="authentication_error",
            code="unidentified",
            text="no valid credential",
        ),
    ),
    (
        Refused,
        Problem(status=403, exit_code=3, kind="permission_error", code="denied", text="denied"),
    ),
    (
        Missing,
        Problem(
            status=404,
            exit_code=4,
            kind="not_found_error",
            code="not_found",
            text="nothing by that name",
        ),
    ),
    (
        TooLarge,
        Problem(
            status=413,
            exit_code=5,
            kind="invalid_request_error",
            code="too_large",
            text="over a limit",
            own_text=True,
        ),
    ),
    (
        Malformed,
        Problem(
            status=400,
            exit_code=5,
            kind="invalid_request_error",
            code="malformed",
            text="malformed",
            own_text=True,
        ),
    ),
    (
        Tampered,
        Problem(
            status=422,
            exit_code=6,
            kind="invalid_request_error",
            code="tampered",
            text="a proof does not hold",
            own_text=True,
        ),
    ),
    (
        Conflict,
        Problem(
            status=409,
            exit_code=7,
            kind="conflict_error",
            code="conflict",
            text="something changed meanwhile",
            own_text=True,
        ),
    ),
    (
        Exhausted,
        Problem(
            status=429,
            exit_code=8,
            kind="rate_limit_error",
            code="exhausted",
            text="a budget is spent",
            own_text=True,
        ),
    ),
    (
        Unavailable,
        Problem(
            status=503,
            exit_code=9,
            kind="api_error",
            code="unavailable",
            text="not available now",
            own_text=True,
            retry=True,
        ),
    ),
    (
        Misconfigured,
        Problem(status=500, exit_code=10, kind="api_error", code="internal", text="internal error"),
    ),
)


def problem_of(error: BaseException) -> Problem:
    """The row of an error; anything that is not of a family is our bug."""
    for family, problem in TABLE:
        if isinstance(error, family):
            return problem
    return INTERNAL


def public_text(error: BaseException) -> str:
    """What a caller over the network is told."""
    problem = problem_of(error)
    if problem.own_text and isinstance(error, AdytonError):
        return _sentence(error)
    return problem.text


def terminal_line(error: BaseException) -> str:
    """The one line for a terminal: what happened, to what, what to do next."""
    return _sentence(error) if isinstance(error, AdytonError) else INTERNAL.text


def bug_text(error: BaseException) -> str:
    """What the diary says of a bug: its type and where; never a message, which may hold values."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return type(error).__name__
    return f"{type(error).__name__} at {frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}"


def error_body(error: BaseException, *, request_id: str, code: str = "") -> bytes:
    """The wire form. `code` replaces the family's where a caller acts differently.

    The body of what is missing holds no request id: it is the same bytes every time (I2).
    """
    problem = problem_of(error)
    shown = code or problem.code
    body: dict[str, object] = {
        "type": "error",
        "error": {
            "type": problem.kind,
            "message": public_text(error),
            "code": shown,
            "param": None,
            "details": {"error_code": shown},
        },
    }
    if not isinstance(error, Missing):
        body["request_id"] = request_id
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _sentence(error: AdytonError) -> str:
    return f"{error.message}: {error.mend}" if error.mend else error.message
