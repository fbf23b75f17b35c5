"""The program `adyton`: joins the faces and hands their starters to the command line."""

import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adyton.faces.cli.terminal import Terminal
    from adyton.faces.proxy import ProxyServer

INTERRUPTED = 130
SWITCH_S = 0.0005  # between the loop that refuses and the thread that records


def stop(_number: int, _frame: FrameType | None) -> None:
    """End by unwinding, so that model servers and sessions end and the record is published."""
    raise SystemExit(0)


def serve_home(home: Path, terminal: "Terminal") -> int:
    """Own the home until SIGTERM or SIGINT; each listener has a thread of its own.

    1. Take the home's lock and open every part. 2. Listen: the socket in the home, the API's port,
    the model proxy's. 3. Wait for a signal. 4. End all of it in the opposite order.
    """
    # Only the server needs these: the client side of the program runs without them.
    from adyton.assembly import HomePaths  # noqa: PLC0415
    from adyton.assembly.following import followed  # noqa: PLC0415
    from adyton.assembly.listening import Ending, api_sockets, guard_memory, tend  # noqa: PLC0415
    from adyton.assembly.perimeter import Perimeter  # noqa: PLC0415
    from adyton.faces.api import ApiServer, make_api  # noqa: PLC0415
    from adyton.faces.proxy import ProxyApplication, ProxyServer  # noqa: PLC0415

    # While the parts open, a signal unwinds; later it is waited for.
    handle(stop)
    guard_memory()
    # 1
    with Perimeter.open(HomePaths.of(home)) as perimeter:
        listen = perimeter.config.listen
        proxy = ProxyServer(
            ProxyApplication(
                gateway=perimeter.gateway,
                ledger=perimeter.ledger,
                upstream=perimeter.models.upstream,
            ),
            host=listen.proxy_host,
            port=listen.proxy_port,
        )
        perimeter.proxy_url = address(proxy.host, proxy.port)
        # What is there now stays: the collector of garbage need not look at it again and again.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(SWITCH_S)
        # 2
        ended = Ending()
        handle(ended)
        with (
            tend(perimeter),
            followed(perimeter.paths),
            ApiServer(make_api(perimeter), api_sockets(perimeter)),
            running(proxy),
            perimeter.heart.recording("answers", proxy.serving),
        ):
            api_url = address(listen.api_host, listen.api_port)
            terminal.say(f"model proxy on {perimeter.proxy_url} (OpenAI: /v1, Anthropic: /)")
            terminal.say(f"API on {api_url}")
            terminal.say("use of the protected models is recorded; stop with Ctrl-C")
            terminal.result({"proxy": perimeter.proxy_url, "api": api_url}, ())
            # 3
            ended.wait()
    return 0


def handle(handler: Callable[[int, FrameType | None], None]) -> None:
    """Call `handler` on the signals that end a server."""
    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)


@contextmanager
def running(proxy: "ProxyServer") -> Iterator[None]:
    """The model proxy serves while inside; what is under way then ends with its facts written."""
    proxy.start()
    try:
        yield
    finally:
        proxy.stop()


def address(host: str, port: int) -> str:
    """A listener's URL."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def main() -> int:
    """Run the command line of this process; its exit code."""
    try:
        from adyton.faces.cli import run  # noqa: PLC0415  (Ctrl-C may come while this loads)

        return run(sys.argv[1:], starters=serve_home)
    except KeyboardInterrupt:
        sys.stderr.write("adyton: interrupted\n")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
