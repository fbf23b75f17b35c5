"""Two child programs of bench/exp_flood.py: a bare server, and a sender of bad requests.

    python bench/flood.py bare PORT
    python bench/flood.py send PORT < ORDER

The bare server is the proxy's own server stack around a constant 401. The sender's order is JSON:
seconds, rate, connections, requests; it prints what it did as JSON. `rate` 0 is as fast as
answers come, `requests` are base64 and sent in turns.
"""

import asyncio
import base64
import itertools
import json
import sys
import time
from collections import deque
from typing import Any

import uvicorn
import uvloop

TICK_S = 0.002
ANSWER = b'{"type":"error","error":{"type":"authentication_error","message":"no valid credential"}}'
HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"content-length", str(len(ANSWER)).encode()),
]


async def constant(scope: dict[str, Any], _receive: Any, send: Any) -> None:  # noqa: ANN401
    """401 to everything."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 401, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})


def bare(port: int) -> None:
    """Serve until terminated, with the settings of the proxy."""
    uvicorn.run(
        constant,
        port=port,
        http="httptools",
        ws="none",
        loop="uvloop",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        log_level="error",
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )


class Sender:
    """Keeps connections busy, at a pace or as fast as answers come."""

    def __init__(self, port: int, order: dict[str, Any]) -> None:
        self.port = port
        self.rate = float(order["rate"])
        self.seconds = float(order["seconds"])
        self.requests = itertools.cycle(base64.b64decode(one) for one in order["requests"])
        self.idle: deque[Line] = deque()
        self.statuses: dict[str, int] = {}
        self.sent = self.short = self.late = 0
        self.over = False

    async def run(self, connections: int) -> None:
        """Send for the time ordered."""
        self.loop = asyncio.get_running_loop()
        for _ in range(connections):
            await self.connect()
        start = time.perf_counter()
        due, end = 0.0, start + self.seconds
        while (now := time.perf_counter()) < end:
            wanted = (now - start) * self.rate - due if self.rate else len(self.idle)
            for _ in range(int(wanted)):
                due += 1
                if not self.idle:
                    self.short += 1
                    continue
                self.idle.popleft().send(next(self.requests))
            await asyncio.sleep(TICK_S)
        self.took = time.perf_counter() - start
        self.over = True

    async def connect(self) -> None:
        """One more line."""
        await self.loop.create_connection(lambda: Line(self), "127.0.0.1", self.port)


class Line(asyncio.Protocol):
    """One connection: a request, its answer, the next."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.busy = False

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - uvloop's
        """Begin."""
        self.transport = transport
        self.free()

    def free(self) -> None:
        """Ready for the next."""
        sender = self.sender
        self.busy = False
        if not sender.rate and not sender.over:
            self.send(next(sender.requests))
        else:
            sender.idle.append(self)

    def send(self, request: bytes) -> None:
        """Ask."""
        self.busy = True
        self.sender.sent += 1
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """The head of an answer, or the rest of one."""
        at = data.find(b"HTTP/1.1 ")
        if not self.busy or at < 0:
            return  # the rest of an answer
        status = data[at + 9 : at + 12].decode()
        self.sender.statuses[status] = self.sender.statuses.get(status, 0) + 1
        if b"connection: close" in data:
            self.transport.close()
        else:
            self.free()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Another line takes its place."""
        if self in self.sender.idle:
            self.sender.idle.remove(self)
        if not self.sender.over:
            self.sender.loop.create_task(self.sender.connect())


def send(port: int, order: dict[str, Any]) -> None:
    """Send, then say what was done."""
    sender = Sender(port, order)
    uvloop.run(sender.run(int(order["connections"])))
    said = {
        "sent": sender.sent,
        "short": sender.short,
        "statuses": sender.statuses,
        "seconds": sender.took,
        "cpu_s": time.process_time(),
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    what, number = sys.argv[1:]
    if what == "bare":
        bare(int(number))
    else:
        send(int(number), json.load(sys.stdin))
