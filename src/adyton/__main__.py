"""The program `adyton`: joins the faces and hands their starters to the command line."""

import signal
import sys
from pathlib import Path
from types import FrameType

from adyton.faces.cli import run
from adyton.faces.cli.terminal import Terminal


def stop(_number: int, _frame: FrameType | None) -> None:
    """End by unwinding, so that model servers and sessions end and the record is published."""
    raise SystemExit(0)


def serve_home(home: Path, terminal: Terminal) -> int:
    """Own the home until stopped: the model proxy here, the API and the socket in a thread.

    1. Take the home's lock and open every part. 2. Listen on the socket in the home and on the
    API's port. 3. Serve the model proxy until a signal. 4. End the rest.
    """
    # Only the server needs these: the client side of the program runs without them.
    from adyton.assembly import HomePaths, Perimeter  # noqa: PLC0415
    from adyton.assembly.listening import api_sockets, tend  # noqa: PLC0415
    from adyton.faces.api import make_api, serve_api  # noqa: PLC0415
    from adyton.faces.proxy import ProxyApplication, ProxyServer  # noqa: PLC0415

    # The proxy's server catches these while it runs, ends what is under way, and passes them on.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
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
        perimeter.proxy_url = f"http://{proxy.host}:{proxy.port}"
        # 2
        api = serve_api(make_api(perimeter), api_sockets(perimeter))
        with tend(perimeter):
            terminal.say(f"model proxy on {perimeter.proxy_url} (OpenAI: /v1, Anthropic: /)")
            terminal.say(f"API on http://{listen.api_host}:{listen.api_port}")
            terminal.say("use of the protected models is recorded; stop with Ctrl-C")
            # 3
            try:
                proxy.run()
            finally:
                # 4
                api.should_exit = True
    return 0


def main() -> int:
    """Run the command line of this process; its exit code."""
    return run(sys.argv[1:], starters=serve_home)


if __name__ == "__main__":
    sys.exit(main())
