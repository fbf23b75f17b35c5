import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from adyton.drill.live import accepts, end_group, free_ports, set_ports
from adyton.terms import Missing


def test_two_free_ports_are_two():
    first, second = free_ports()
    assert first != second


def test_ports_are_written_into_the_settings(tmp_path: Path):
    config = tmp_path / "config.toml"
    config.write_text('origin = "x"\n[listen]\nproxy_port = 8460\napi_port = 8461\n')
    set_ports(config, proxy=1, api=2)
    assert config.read_text() == 'origin = "x"\n[listen]\nproxy_port = 1\napi_port = 2\n'


def test_settings_without_ports_are_noticed(tmp_path: Path):
    config = tmp_path / "config.toml"
    config.write_text('origin = "x"\n')
    with pytest.raises(Missing):
        set_ports(config, proxy=1, api=2)


def test_a_child_and_its_own_children_end_together():
    words = [sys.executable, "-c", "import subprocess; subprocess.run(['sleep', '60'])"]
    child = subprocess.Popen(words, start_new_session=True)  # noqa: S603 - our own words
    end_group(child)
    assert child.poll() is not None
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


def test_a_socket_is_heard_only_while_somebody_listens(tmp_path: Path):
    place = tmp_path / "s"
    assert not accepts(place)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()
        assert accepts(place)
    assert not accepts(place)
