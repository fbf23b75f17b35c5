"""Whole refusals as bytes: rendered once for each kind, then filled in with the request's id.

The same status, headers and body, in the same order, as `Wire.refuse` sends through the server.
"""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from adyton.faces.proxy.wire import refusal_parts
from adyton.gateway.commands import Refuse

_PLACE = "rct_" + "0" * 26  # as long as any id of a request
_KINDS = 256  # messages are few; whoever could make more of them only makes us render again


class RefusalTexts:
    """Remembers what it rendered."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[object, ...], list[bytes]] = {}

    def whole(self, refusal: Refuse, *, close: bool, body: bool) -> bytes:
        """The answer; `close` says that the connection ends, without `body` only its head."""
        error = refusal.error
        kind = (type(error), error.message, error.mend, refusal.code, close, body)
        pieces = self._kinds.get(kind)
        if pieces is None:
            if len(self._kinds) >= _KINDS:
                self._kinds.clear()
            rendered = _render(refusal, close=close, body=body)
            pieces = self._kinds[kind] = rendered.split(_PLACE.encode())
        return refusal.request_id.encode("ascii").join(pieces)


def _render(refusal: Refuse, *, close: bool, body: bool) -> bytes:
    status, headers, text = refusal_parts(refusal.error, code=refusal.code, request_id=_PLACE)
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    if close:
        lines.append(b"connection: close\r\n")
    return b"".join([STATUS_LINE[status], *lines, b"\r\n", text if body else b""])
