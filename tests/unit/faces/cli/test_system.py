import pytest

from adyton.faces.cli import run


@pytest.fixture
def command(capsys):
    def run_it(*words):
        code = run([str(word) for word in words])
        return code, *capsys.readouterr()

    return run_it


def test_a_perimeter_is_made_with_its_first_credential_beside_it(command, tmp_path):
    home = tmp_path / "h"
    code, out, err = command("init", "--home", home, "--owner", "Example Lab")
    assert (code, err) == (0, "")
    assert f"perimeter in {home}\n" in out
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "h",
        "h-head",
        "h-operator.key",
        "h-witness",
    ]
    key = tmp_path / "h-operator.key"
    assert key.read_text().startswith("adk_")
    assert key.read_text().strip() not in out
    assert key.stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    again = command("init", "--home", home, "--owner", "Example Lab")
    assert again == (7, "", f"adyton: {home} is not empty: choose another folder\n")
    code, out, err = command("org", "list", "--home", home)
    assert (code, err) == (0, "")
    assert "Example Lab" in out


def test_a_key_file_that_cannot_be_stops_init_before_it_makes_anything(command, tmp_path):
    home = tmp_path / "h"
    (tmp_path / "taken").write_text("precious")
    words = ("init", "--home", home, "--owner", "Example Lab", "--key")
    assert command(*words, tmp_path / "taken")[0] == 7
    assert command(*words, home / "inside.key")[0] == 3
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


def test_init_beside_what_an_earlier_home_left_is_a_conflict(command, tmp_path):
    (tmp_path / "h-witness").mkdir()
    (tmp_path / "h-witness" / "memory").touch()
    code, _, err = command("init", "--home", tmp_path / "h", "--owner", "Example Lab")
    assert code == 7
    assert "h-witness is not empty" in err
    assert not (tmp_path / "h").exists()


def test_a_name_that_is_none_leaves_nothing_behind(command, tmp_path):
    code, _, err = command("init", "--home", tmp_path / "h", "--owner", " ")
    assert (code, err.count("\n")) == (5, 1)
    assert [one.name for one in tmp_path.iterdir()] == []


def test_what_needs_an_owner_says_so_and_opens_nothing(command, tmp_path):
    command("init", "--home", tmp_path / "h", "--owner", "Example Lab")
    for words in (("asset", "open", "req_x"), ("model", "start", "ses_x", "m")):
        done = command(*words, "--home", tmp_path / "h")
        assert done == (9, "", "adyton: nobody owns this home now: start adyton serve\n")


@pytest.mark.parametrize("word", ["serve", "doctor"])
def test_a_home_that_is_none_says_how_to_make_one(command, tmp_path, word):
    code, out, err = command(word, "--home", tmp_path)
    assert (code, out) == (10, "")
    assert err == f"adyton: {tmp_path} is not a perimeter: run: adyton init --home {tmp_path}\n"


def test_settings_that_are_wrong_are_named_with_their_key(command, tmp_path):
    command("init", "--home", tmp_path / "h", "--owner", "Example Lab")
    config = tmp_path / "h" / "config.toml"
    good = config.read_text()
    for bad, named in (("proxy_port = 99999", "listen.proxy_port"), ("proxy_port = ", "not TOML")):
        config.write_text(good.replace("proxy_port = 8460", bad))
        code, _, err = command("org", "list", "--home", tmp_path / "h")
        assert (code, err.count("\n")) == (10, 1)
        assert named in err


def test_the_doctor_names_what_fails(adyton):
    done = adyton("doctor", "--json")
    checks = {one["id"]: one["ok"] for one in done.json["checks"]}
    assert checks["record.holds"] is True
    assert checks["approvers.apart"] is None
    assert done.code == (1 if False in checks.values() else 0)
    assert "record.holds" in adyton("doctor").out


def test_the_catalogue_is_printed_whole_and_by_status(command):
    code, out, _ = command("controls")
    assert code == 0
    rows = [line for line in out.splitlines() if line.startswith("C")]
    assert len(rows) == 68
    code, out, _ = command("controls", "--status", "absent")
    assert all(line.split()[1] in {"absent", "status"} for line in out.splitlines()[:5])


def test_the_doctor_needs_an_operator(adyton):
    assert adyton("doctor", by="analyst").code == 3
