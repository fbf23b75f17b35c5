"""Commands on protected assets: bring in, ask for, approve, open, hand out."""

import argparse
import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from adyton.assembly import client
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.people import listing, one_id, read_passphrase
from adyton.terms import Missing

KINDS = (
    "weights",
    "adapter",
    "test_build",
    "prompt",
    "document",
    "config",
    "source",
    "log",
    "chat",
    "dataset",
    "credential",
)
PIECE_BYTES = 4 * 1024 * 1024
PURPOSES = ("checkout", "issue", "serve", "trace")
CHANNELS = ("direct", "archive", "store", "telemetry")


def protected(answer: Mapping[str, Any]) -> Iterable[str]:
    """What `asset protect` shows."""
    return [f"{answer['asset']} {answer['version']} {answer['size_bytes']} bytes sealed"]


def protect(context: Context, arguments: argparse.Namespace) -> int:
    """Bring a file or folder under protection."""
    params = {
        "path": str(arguments.path.expanduser().resolve()),
        "name": arguments.name or arguments.path.name,
        "kind": arguments.kind,
        "compartment": arguments.compartment,
        "quorum": client.read_text(arguments.quorum) if arguments.quorum else "",
        "opaque": arguments.opaque,
    }
    context.terminal.progress("sealing …")
    answer = context.caller().call("asset.protect", params)
    context.terminal.progress_done()
    context.terminal.result(answer, protected(answer))
    return 0


def approve(context: Context, arguments: argparse.Namespace) -> int:
    """Show a request decoded, then approve it with the approver's own key."""
    caller = context.caller()
    pending = caller.call("asset.pending", {})["requests"]
    wanted = next((one for one in pending if one["id"] == arguments.request), None)
    if wanted is None:
        raise Missing("no open request for you has this id", mend="see adyton asset pending")
    context.terminal.say(client.describe(wanted))
    if not arguments.yes and not confirmed(context):
        context.terminal.say("not approved")
        return 1
    key = client.open_approver(arguments.approver_key, read_passphrase(), home=context.home)
    answer = caller.call("asset.approve", {"approval": client.approve(wanted, key)})
    context.terminal.result(answer, [f"{answer['request']} {answer['status']}"])
    return 0


def confirmed(context: Context) -> bool:
    """Whether the person types yes."""
    context.terminal.say("Type yes to sign exactly this:")
    try:
        return input().strip() == "yes"
    except EOFError:
        return False


def checkout(context: Context, arguments: argparse.Namespace) -> int:
    """Open an approved request and write its files into a folder of the recipient's."""
    caller = context.caller()
    client.outside(arguments.out, context.home)
    opened = caller.call("asset.open", {"request": arguments.request})
    written = []
    for name, size in opened["files"].items():
        target = client.below(arguments.out, name)

        def pieces(name: str = name, size: int = size) -> Iterable[bytes]:
            for start in range(0, size, PIECE_BYTES):
                end = min(size, start + PIECE_BYTES)
                context.terminal.progress(f"{name} {100 * end // size} %")
                asked = {"session": opened["session"], "file": name, "start": start, "end": end}
                yield base64.b64decode(caller.call("asset.read", asked)["data"])

        digest = client.write_stream(target, pieces(), home=context.home)
        written.append({"file": str(target), "bytes": size, "sha256": digest})
    context.terminal.progress_done()
    if "promise" in opened:
        kept = client.below(arguments.out, f"{opened['receipt']}.promise")
        client.write_stream(kept, [opened["promise"].encode()], home=context.home)
    lines = [f"{one['file']} {one['bytes']} bytes sha256 {one['sha256']}" for one in written]
    context.terminal.result({**opened, "written": written}, lines)
    return 0


def issue(context: Context, arguments: argparse.Namespace) -> int:
    """Hand a marked copy of a document to a person."""
    params = named("asset", "to", "channel", "place")(arguments)
    if arguments.out:
        client.outside(arguments.out, context.home)
    answer = context.caller().call("issue.copy", params)
    target = arguments.out or Path(Path(answer["name"]).name)
    client.write_stream(target, [base64.b64decode(answer["data"])], home=context.home)
    kept = target.with_name(f"{target.name}.promise")
    client.write_stream(kept, [answer["promise"].encode()], home=context.home)
    shown = {name: value for name, value in answer.items() if name != "data"}
    line = f"{answer['copy']} written to {target} (receipt {answer['receipt']})"
    context.terminal.result({**shown, "file": str(target)}, [line])
    return 0


ASSET = arg("asset", help="id or name")
REQUEST = arg("request", help="id of the request")
COMMANDS = (
    Command(
        words=("asset", "protect"),
        help="seal a file or folder; it opens only to several approvers together",
        run=protect,
        arguments=(
            arg("path", type=Path),
            arg("--name"),
            arg("--kind", choices=KINDS, required=True),
            arg("--compartment", required=True),
            arg("--quorum", type=Path, help="file with the approval tree (else: two groups)"),
            arg("--opaque", action="store_true", help="seal weights of an unsafe form unopened"),
        ),
    ),
    Command(
        words=("asset", "endpoint"),
        help="name a model that the gateway serves, or a decoy name that alarms",
        run=calls(
            "asset.endpoint",
            one_id("asset"),
            named("name", "compartment", "weights", "upstream", "decoy"),
        ),
        arguments=(
            arg("name", help="model name"),
            arg("--compartment", required=True),
            arg("--weights", help="protected weights that serve it"),
            arg("--upstream", help="name of an upstream in config.toml"),
            arg("--decoy", action="store_true", default=None),
        ),
    ),
    Command(
        words=("asset", "list"),
        help="list the assets that you may see",
        run=calls("asset.list", listing("assets", "id", "name", "kind", "compartment"), named()),
    ),
    Command(
        words=("asset", "show"),
        help="show one asset with its versions",
        run=calls(
            "asset.show", listing("versions", "id", "size_bytes", "protected_at"), named("asset")
        ),
        arguments=(ASSET,),
    ),
    Command(
        words=("asset", "request"),
        help="ask for the release of an asset's current version",
        run=calls(
            "asset.request",
            one_id("request"),
            named("asset", "purpose", "recipient", "hours", "reason"),
        ),
        arguments=(
            ASSET,
            arg("--for", dest="purpose", choices=PURPOSES, required=True),
            arg("--recipient", required=True, help="person or service who receives"),
            arg("--hours", type=int),
            arg("--reason", required=True),
        ),
    ),
    Command(
        words=("asset", "pending"),
        help="list open requests",
        run=calls("asset.pending", listing("requests", "id", "status"), named()),
    ),
    Command(
        words=("asset", "approve"),
        help="read a request as it will be signed, and approve it",
        run=approve,
        arguments=(
            REQUEST,
            arg("--approver-key", type=Path, required=True, help="your key file"),
            arg("--yes", action="store_true", help="sign without asking"),
        ),
    ),
    Command(
        words=("asset", "open"),
        help="open an approved request: a session until its expiry",
        run=calls("asset.open", one_id("session"), named("request")),
        arguments=(REQUEST,),
    ),
    Command(
        words=("asset", "close"),
        help="end a session",
        run=calls("asset.close", one_id("session"), named("session")),
        arguments=(arg("session"),),
    ),
    Command(
        words=("asset", "checkout"),
        help="open an approved request and receive its bytes",
        run=checkout,
        arguments=(REQUEST, arg("--out", type=Path, required=True, help="folder to write to")),
    ),
    Command(
        words=("asset", "quorum-check"),
        help="show which approvers hold a share of a version",
        run=calls("asset.quorum", listing("shares", "person", "group"), named("asset")),
        arguments=(ASSET,),
    ),
    Command(
        words=("issue",),
        help="hand a marked copy of a document to a person",
        run=issue,
        arguments=(
            ASSET,
            arg("--to", required=True, help="id of the person or service"),
            arg("--channel", choices=CHANNELS, default="direct"),
            arg("--place", help="file name, or bucket/key of a store"),
            arg("--out", type=Path, help="where to write it"),
        ),
    ),
    Command(
        words=("publish",),
        help="say that the owner made an asset's current version public",
        run=calls("publish.version", one_id("asset"), named("asset")),
        arguments=(ASSET,),
    ),
)
