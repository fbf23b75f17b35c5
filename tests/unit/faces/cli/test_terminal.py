import io
import json
import sys

from adyton.faces.cli.terminal import Terminal, table


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_json_is_one_document_and_lines_are_left_out(capsys):
    Terminal(as_json=True).result({"a": 1, "b": ["ü"]}, ["line"])
    assert json.loads(capsys.readouterr().out) == {"a": 1, "b": ["ü"]}


def test_people_get_lines_and_messages_apart(capsys):
    terminal = Terminal(as_json=False)
    terminal.result({"a": 1}, ["one", "two"])
    terminal.say("message")
    assert capsys.readouterr() == ("one\ntwo\n", "message\n")


def test_progress_shows_on_a_screen_and_is_silent_in_a_pipe(monkeypatch, capsys):
    terminal = Terminal(as_json=False)
    terminal.progress("half")
    terminal.progress_done()
    assert capsys.readouterr() == ("", "")
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    terminal.progress("half")
    terminal.progress_done()
    assert screen.getvalue() == "\r\x1b[Khalf\r\x1b[K"


def test_a_table_lines_up_and_shows_what_is_absent():
    rows = [{"id": "a", "roles": ["x", "y"]}, {"id": "longer", "roles": [], "end": 0}]
    assert table(rows, ("id", "roles", "end")) == [
        "id      roles  end",
        "a       x,y    -",
        "longer         -",
    ]
    assert table([], ("id",)) == ["(none)"]
