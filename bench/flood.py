"""Two child programs of bench/exp_flood.py: a bare server, and a sender of bad requests.

    python bench/flood.py bare PORT
    python bench/flood.py send PORT < ORDER

The bare server is the proxy's own server stack around a constant 401. The sender's order is JSON:
seconds, rate, connections, depth, requests; it prints what it did as JSON. `rate` 0 is as fast as
answers come, `depth` how many requests may wait for an answer on one connection, `requests` are
base64 and sent in turns.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import sys
import time
from collections import deque
from typing import Any

import uvicorn
import uvloop

TICK_S = 0.002
ROOM = 1 << 16  # bytes that wait in the sender before a connection counts as full
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
        self.depth = int(order["depth"])
        self.all: list[Line] = []
        self.due = self.sent = self.dropped = 0
        self.over = False

    async def run(self, connections: int) -> None:
        """Send for the time ordered."""
        self.loop = asyncio.get_running_loop()
        for _ in range(connections):
            await self.connect()
        start = time.perf_counter()
        end = start + self.seconds
        while (now := time.perf_counter()) < end:
            wanted = (now - start) * self.rate - self.due if self.rate else 0
            for _ in range(int(wanted)):
                self.due += 1
                self.offer()
            await asyncio.sleep(TICK_S)
        self.took = time.perf_counter() - start
        self.over = True

    def offer(self) -> None:
        """Send one where a connection takes it."""
        for _ in range(len(self.idle)):
            line = self.idle.popleft()
            if line.transport.is_closing():
                continue
            request = next(self.requests)
            line.send(request)
            last = b"connection: close" in request
            if not last and line.busy < self.depth and line.has_room():
                self.idle.append(line)
            return

    async def connect(self) -> None:
        """One more line."""
        with contextlib.suppress(OSError):
            await self.loop.create_connection(lambda: Line(self), "127.0.0.1", self.port)


class Line(asyncio.Protocol):
    """One connection: a request, its answer, the next."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.busy = 0

    def has_room(self) -> bool:
        """Whether the other side still takes what is sent."""
        return bool(self.transport.get_write_buffer_size() < ROOM)

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - uvloop's
        """Begin."""
        self.transport = transport
        self.free()

    def free(self) -> None:
        """Ready for the next."""
        sender = self.sender
        if not sender.rate and not sender.over:
            self.send(next(sender.requests))
        elif self not in sender.idle:
            sender.idle.append(self)

    def send(self, request: bytes) -> None:
        """Ask."""
        self.busy += 1
        self.sender.sent += 1
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """The head of an answer, several, or the rest of one."""
        count, at = 0, data.find(b"HTTP/1.1 ")
        while at >= 0:
            count += 1
            status = data[at + 9 : at + 12].decode()
            self.sender.statuses[status] = self.sender.statuses.get(status, 0) + 1
            at = data.find(b"HTTP/1.1 ", at + 9)
        self.busy = max(0, self.busy - count)
        if b"connection: close" in data:
            self.transport.close()
        elif count:
            self.free()

    def connection_lost(self, exc: Exception | None) -> None:
        """Another line takes its place."""
        sender = self.sender
        sender.dropped += exc is not None
        if self in sender.idle:
            sender.idle.remove(self)
        if not sender.over:
            sender.loop.create_task(sender.connect())


def send(port: int, order: dict[str, Any]) -> None:
    """Send, then say what was done."""
    sender = Sender(port, order)
    uvloop.run(sender.run(int(order["connections"])))
    said = {
        "sent": sender.sent,
        "due": sender.due,
        "dropped": sender.dropped,
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
