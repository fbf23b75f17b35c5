"""Commands on organisations, people, keys, compartments, entitlements and locks."""

import argparse
import getpass
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from adyton.assembly import client
from adyton.faces.cli.command import Command, Context, arg, calls, named
from adyton.faces.cli.terminal import table

EMPLOYMENTS = ("employee", "contractor", "partner", "service")
ROLES = ("operator", "approver", "custodian", "investigator", "auditor", "analyst")
ACTS = ("infer", "read", "checkout", "serve", "review")
LOCKABLE = (
    "person",
    "org",
    "credential",
    "compartment",
    "asset",
    "version",
    "session",
    "network",
    "attribute",
    "copy",
)


def one_id(word: str) -> Any:  # noqa: ANN401  (a Lines callable)
    """Lines that show one id of the answer."""

    def lines(answer: Mapping[str, Any]) -> Iterable[str]:
        return [str(answer[word])]

    return lines


def listing(word: str, *columns: str) -> Any:  # noqa: ANN401  (a Lines callable)
    """Lines that show a table of the answer."""

    def lines(answer: Mapping[str, Any]) -> Iterable[str]:
        return table(answer[word], columns)

    return lines


def key_issue(context: Context, arguments: argparse.Namespace) -> int:
    """Issue a credential into a file, or to standard output."""
    caller, params = context.caller(), named("person", "days")(arguments)
    if arguments.out is None:
        answer = caller.call("key.issue", params)
        context.terminal.result(answer, [answer["key"]])
        return 0
    with client.new_file(arguments.out, home=context.home):
        answer = caller.call("key.issue", params)
        client.write_key(arguments.out, answer["key"])
    shown = {**answer, "key": str(arguments.out)}
    context.terminal.result(shown, [f"{answer['credential']} written to {arguments.out}"])
    return 0


def key_approver(context: Context, arguments: argparse.Namespace) -> int:
    """Make an approver's key file and enrol its public half; one that is not enrolled goes."""
    caller = context.caller()
    public = client.make_approver(arguments.out, read_passphrase(), home=context.home)
    params = {"person": arguments.person, "group": arguments.group, **public}
    try:
        answer = caller.call("approver.enroll", params)
    except BaseException:
        client.drop_approver(arguments.out)
        raise
    context.terminal.result(
        {**answer, **public, "file": str(arguments.out)},
        [f"enrolled {arguments.person} in {arguments.group}; key in {arguments.out}"],
    )
    return 0


def read_passphrase() -> str:
    """The passphrase from `ADYTON_PASSPHRASE`, the terminal, or the first line of a pipe."""
    given = os.environ.get("ADYTON_PASSPHRASE")  # noqa: TID251  (the face's own setting)
    if given is not None:
        return given
    if sys.stdin.isatty():
        return getpass.getpass("Passphrase of the approver's key: ")
    return sys.stdin.readline().rstrip("\n")


PERSON = arg("person", help="id of the person")
COMMANDS = (
    Command(
        words=("org", "add"),
        help="register an organisation",
        run=calls("org.add", one_id("org"), named("name", "kind", "country")),
        arguments=(
            arg("name"),
            arg("--kind", choices=("owner", "partner", "vendor"), required=True),
            arg("--country", help="two letters"),
        ),
    ),
    Command(
        words=("org", "list"),
        help="list organisations",
        run=calls(
            "org.list", listing("orgs", "id", "name", "kind", "country", "ended_at"), named()
        ),
    ),
    Command(
        words=("org", "end"),
        help="end an organisation and all credentials of its people",
        run=calls("org.end", one_id("org"), named("org")),
        arguments=(arg("org", help="id of the organisation"),),
    ),
    Command(
        words=("person", "add"),
        help="register a person or a service",
        run=calls(
            "person.add",
            one_id("person"),
            named("name", "login", "org", "employment", "roles", "team"),
        ),
        arguments=(
            arg("name"),
            arg("--login", required=True, help="name in the sign-in provider's log"),
            arg("--org", required=True),
            arg("--employment", choices=EMPLOYMENTS, default="employee"),
            arg("--role", dest="roles", action="append", choices=ROLES, help="may be repeated"),
            arg("--team"),
        ),
    ),
    Command(
        words=("person", "list"),
        help="list people and services",
        run=calls(
            "person.list", listing("people", "id", "name", "org", "employment", "roles"), named()
        ),
    ),
    Command(
        words=("person", "end"),
        help="end a person's time here and their credentials",
        run=calls("person.end", one_id("person"), named("person")),
        arguments=(PERSON,),
    ),
    Command(
        words=("key", "issue"),
        help="give a person a credential",
        run=key_issue,
        arguments=(
            PERSON,
            arg("--days", type=int, help="days until it expires (30)"),
            arg("--out", type=Path, help="write it to this file, mode 0600"),
        ),
    ),
    Command(
        words=("key", "list"),
        help="list credentials (never their secrets)",
        run=calls(
            "key.list",
            listing("credentials", "id", "person", "binding", "expires_at", "revoked_at"),
            named("person"),
        ),
        arguments=(arg("--person"),),
    ),
    Command(
        words=("key", "revoke"),
        help="end a credential at once",
        run=calls("key.revoke", one_id("credential"), named("credential")),
        arguments=(arg("credential"),),
    ),
    Command(
        words=("key", "approver"),
        help="make an approver's key file (outside the home) and enrol it",
        run=key_approver,
        arguments=(
            PERSON,
            arg("--group", required=True, help="approval group"),
            arg("--out", type=Path, required=True, help="key file, on the approver's own device"),
        ),
    ),
    Command(
        words=("compartment", "add"),
        help="make a need-to-know label",
        run=calls("compartment.add", one_id("compartment"), named("name")),
        arguments=(arg("name"),),
    ),
    Command(
        words=("compartment", "list"),
        help="list compartments",
        run=calls("compartment.list", listing("compartments", "id", "name"), named()),
    ),
    Command(
        words=("entitle", "add"),
        help="say what a person may do, with what, for what purpose, until when",
        run=calls(
            "entitle.add",
            one_id("entitlement"),
            named("person", "act", "asset", "compartment", "purpose", "days"),
        ),
        arguments=(
            PERSON,
            arg("act", choices=ACTS),
            arg("--asset", help="id or name of one asset"),
            arg("--compartment", help="id: all assets of it, now and later (broad)"),
            arg("--purpose"),
            arg("--days", type=int),
        ),
    ),
    Command(
        words=("entitle", "list"),
        help="list entitlements",
        run=calls(
            "entitle.list",
            listing("entitlements", "id", "person", "act", "asset", "compartment", "until"),
            named(),
        ),
    ),
    Command(
        words=("entitle", "revoke"),
        help="end an entitlement",
        run=calls("entitle.revoke", one_id("entitlement"), named("entitlement")),
        arguments=(arg("entitlement"),),
    ),
    Command(
        words=("lock", "set"),
        help="stop something; live use ends at once",
        run=calls("lock.set", one_id("lock"), named("kind", "target", "reason")),
        arguments=(
            arg("kind", choices=LOCKABLE),
            arg("target", help="id, or name=value for an attribute"),
            arg("--reason", required=True),
        ),
    ),
    Command(
        words=("lock", "lift"),
        help="end a stop",
        run=calls("lock.lift", one_id("lock"), named("lock")),
        arguments=(arg("lock"),),
    ),
    Command(
        words=("lock", "list"),
        help="list locks",
        run=calls("lock.list", listing("locks", "id", "kind", "target", "lifted_at"), named()),
    ),
)
