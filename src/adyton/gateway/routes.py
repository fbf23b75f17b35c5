"""The closed table of routes. What is not in it does not exist."""

import re
from dataclasses import dataclass
from enum import StrEnum

from adyton.gateway.dialects import ANTHROPIC, OPENAI, Dialect
from adyton.gateway.heads import RequestHead, path_of
from adyton.terms import Missing

MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class RouteKind(StrEnum):
    """What a route does."""

    CHAT = "chat"
    MESSAGES = "messages"
    MODELS = "models"
    MODEL = "model"


ASKING = frozenset({RouteKind.CHAT, RouteKind.MESSAGES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A matched route. `model` is the name in the path, where the route has one."""

    kind: RouteKind
    dialect: Dialect
    model: str = ""


ROUTES: tuple[tuple[str, str, RouteKind], ...] = (
    ("POST", "/v1/chat/completions", RouteKind.CHAT),
    ("POST", "/v1/messages", RouteKind.MESSAGES),
    ("GET", "/v1/models", RouteKind.MODELS),
    ("GET", "/v1/models/{id}", RouteKind.MODEL),
)
_MODEL_PREFIX = "/v1/models/"
# Targets that are a route's pattern as they stand: the usual case, and the quick one.
_PLAIN = {
    (method, pattern.encode()): kind for method, pattern, kind in ROUTES if "{" not in pattern
}


def match_route(head: RequestHead) -> Route:
    """The route of a request. Raises Malformed (the target) or Missing (unlisted).

    A query never chooses a route; the version header chooses between two forms of one list.
    """
    kind = _PLAIN.get((head.method, head.target))
    if kind is not None:
        return Route(kind=kind, dialect=_dialect(kind, head))
    path = path_of(head)
    model = path.removeprefix(_MODEL_PREFIX) if path.startswith(_MODEL_PREFIX) else ""
    shape = _MODEL_PREFIX + "{id}" if MODEL_NAME.fullmatch(model) else path
    for method, pattern, kind in ROUTES:
        if (head.method, shape) == (method, pattern):
            return Route(kind=kind, dialect=_dialect(kind, head), model=model)
    raise Missing("no such route")


def _dialect(kind: RouteKind, head: RequestHead) -> Dialect:
    if kind is RouteKind.MESSAGES:
        return ANTHROPIC
    if kind is RouteKind.CHAT:
        return OPENAI
    return ANTHROPIC if head.all(b"anthropic-version") else OPENAI
