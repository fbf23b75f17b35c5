import subprocess
import sys

import pytest

from adyton.assembly.caller import OwnerFailed
from adyton.faces.cli import main
from adyton.faces.cli.command import Command
from adyton.terms import Exhausted, Unavailable

ALONE = {"init", "serve", "demo", "controls", "verify", "trace", "watch", "sweep", "doctor"}


def lone(raising):
    """A command line whose one command raises."""

    def run(_context, _arguments):
        raise raising

    return (Command(words=("fall",), help="fall", run=run),)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Exhausted("the budget is spent", mend="wait"), 8, "adyton: the budget is spent: wait\n"),
        (Unavailable("no disk"), 9, "adyton: no disk\n"),
        (KeyboardInterrupt(), 130, "adyton: interrupted\n"),
        (
            OwnerFailed("ab12"),
            70,
            "adyton: internal error ab12 in the owner of the home: please report it\n",
        ),
    ],
    ids=["exhausted", "unavailable", "interrupted", "the owner's bug"],
)
def test_every_failure_is_one_line_and_its_exit_code(monkeypatch, capsys, error, code, line):
    monkeypatch.setattr(main, "COMMANDS", lone(error))
    assert main.run(["fall", "--json"]) == code
    assert capsys.readouterr() == ("", line)


def test_a_bug_of_ours_shows_its_place_and_no_value(monkeypatch, capsys):
    monkeypatch.setattr(main, "COMMANDS", lone(KeyError("adk_secret")))
    assert main.run(["fall"]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "KeyError at lone.<locals>.run:" in err
    assert "adk_secret" not in err


def test_a_reader_that_has_enough_is_no_failure(monkeypatch, capfd):
    monkeypatch.setattr(main, "COMMANDS", lone(BrokenPipeError()))
    assert main.run(["fall"]) == 0
    assert capfd.readouterr().err == ""


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main.run(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("adyton 0.")


@pytest.mark.parametrize("words", [[], ["nonsense"], ["org"], ["org", "add"], ["trace"]])
def test_wrong_use_is_exit_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main.run(words)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "usage: adyton" in err


def test_the_help_says_what_json_and_exit_codes_mean(capsys):
    with pytest.raises(SystemExit):
        main.run(["--help"])
    text = capsys.readouterr().out
    assert "exactly one JSON document, or nothing where the command fails" in text
    assert "130 interrupted" in text


def test_every_command_has_json_home_and_key():
    parser = main.make_parser(main.COMMANDS)
    assert {command.words[0] for command in main.COMMANDS if len(command.words) == 1} >= ALONE
    for command in main.COMMANDS:
        needed = [str(n) for a in command.arguments for n in sample(a)]
        given = parser.parse_args([*command.words, *needed, "--json", "--home", "H", "--key", "K"])
        assert (given.json, given.command) == (True, command)


def sample(argument):
    """What a command line must hold for the argument."""
    choice = (argument.options.get("choices") or ["1"])[0]
    if not argument.names[0].startswith("-"):
        return [choice]
    return [argument.names[0], choice] if argument.options.get("required") else []


def test_the_client_side_loads_nothing_of_the_server():
    code = "import sys, adyton.__main__, adyton.faces.cli; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    server = {"aiohttp", "bandit", "cedarpy", "jinja2", "numpy", "starlette", "uvicorn"}
    assert server.isdisjoint(done.stdout.split())
