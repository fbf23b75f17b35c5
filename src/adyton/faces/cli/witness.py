"""Commands of a witness: a second machine that remembers other people's checkpoints.

They need the base install alone, and no perimeter: `--dir` is the witness's own folder.
"""

import argparse
import signal
from pathlib import Path
from types import FrameType

from adyton.assembly import client
from adyton.assembly.witnessing import WitnessHome
from adyton.faces.cli.command import Command, Context, arg
from adyton.terms import Malformed

DIR = arg("--dir", type=Path, required=True, help="the witness's folder")


def init(context: Context, arguments: argparse.Namespace) -> int:
    """Make a witness and show its keys."""
    vkeys = WitnessHome.of(arguments.dir).init(arguments.name)
    context.terminal.result({"vkeys": vkeys}, vkeys)
    return 0


def vkey(context: Context, arguments: argparse.Namespace) -> int:
    """Show the witness's keys."""
    vkeys = WitnessHome.of(arguments.dir).vkeys()
    context.terminal.result({"vkeys": vkeys}, vkeys)
    return 0


def trust(context: Context, arguments: argparse.Namespace) -> int:
    """Cosign a log from now on."""
    vkeys = client.read_text(arguments.vkeys).splitlines()
    origins = WitnessHome.of(arguments.dir).trust(vkeys)
    context.terminal.result({"logs": origins}, origins)
    return 0


def serve(context: Context, arguments: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    if (arguments.cert is None) != (arguments.cert_key is None):
        raise Malformed("a certificate and its key come together", mend="give both or neither")
    tls = None if arguments.cert is None else (arguments.cert, arguments.cert_key)
    signal.signal(signal.SIGTERM, stop)
    home = WitnessHome.of(arguments.dir)
    with home.serving(
        host=arguments.host, port=arguments.port, prefix=arguments.prefix, tls=tls
    ) as server:
        scheme = "http" if tls is None else "https"
        host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
        url = f"{scheme}://{host}:{server.server_port}{server.prefix}"
        context.terminal.say("stop with Ctrl-C")
        context.terminal.result({"url": url}, [f"witness on {url}"])
        server.serve_forever()
    return 0


def stop(_number: int, _frame: FrameType | None) -> None:
    """End by unwinding; what was answered is durable already."""
    raise SystemExit(0)


COMMANDS = (
    Command(
        words=("witness", "init"),
        help="make a witness in --dir, with keys of its own, and show its verifier keys",
        run=init,
        arguments=(arg("name", help="what its keys are called, such as a host name"), DIR),
    ),
    Command(
        words=("witness", "vkey"),
        help="show the verifier keys of the witness in --dir",
        run=vkey,
        arguments=(DIR,),
    ),
    Command(
        words=("witness", "trust"),
        help="cosign a log from the next start on; all keys given under one name must sign it",
        run=trust,
        arguments=(arg("vkeys", type=Path, help="file with the log's keys, one a line"), DIR),
    ),
    Command(
        words=("witness", "serve"),
        help="answer logs over HTTP (C2SP tlog-witness) until stopped",
        run=serve,
        arguments=(
            DIR,
            arg("--host", default="127.0.0.1", help="address to listen on"),
            arg("--port", type=int, default=8470, help="port to listen on; 0 takes a free one"),
            arg("--prefix", default="", help="path before /add-checkpoint"),
            arg("--cert", type=Path, help="certificate (PEM), to serve HTTPS"),
            arg("--cert-key", type=Path, help="the certificate's key (PEM)"),
        ),
    ),
)
