import pytest

NOBODY = "per_" + "a" * 26


def made(done, prefix):
    """The id that a command printed."""
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(prefix)
    return done.out.strip()


def test_an_organisation_with_a_person_and_a_key_from_first_to_last(adyton, tmp_path):
    org = made(adyton("org", "add", "Example Partner", "--kind", "partner"), "org_")
    words = ("--login", "guest-1", "--org", org, "--employment", "partner", "--role", "analyst")
    person = made(adyton("person", "add", "Guest One", *words), "per_")
    listed = adyton("person", "list")
    assert f"{person}  Guest One" in listed.out
    assert "analyst" in next(line for line in listed.out.splitlines() if person in line)
    issued = adyton("key", "issue", person, "--days", "2", "--out", tmp_path / "k", "--json")
    assert issued.json["key"] == str(tmp_path / "k")
    assert (tmp_path / "k").read_text().startswith("adk_")
    keys = adyton("key", "list", "--person", person, "--json").json["credentials"]
    assert [one["id"] for one in keys] == [issued.json["credential"]]
    assert "digest" not in keys[0]
    for words in (("key", "revoke", issued.json["credential"]), ("person", "end", person)):
        assert adyton(*words).code == 0
    assert adyton("org", "end", org).code == 0
    assert adyton("org", "end", org).code == 7


def test_compartments_entitlements_and_locks_are_listed_as_they_were_made(adyton, owner):
    label = made(adyton("compartment", "add", "papers"), "cmp_")
    assert f"{label}  papers" in adyton("compartment", "list").out
    words = ("--login", "reader-1", "--org", owner.founded.org)
    person = made(adyton("person", "add", "Reader", *words), "per_")
    held = made(adyton("entitle", "add", person, "read", "--compartment", label), "ent_")
    assert held in adyton("entitle", "list").out
    lock = made(adyton("lock", "set", "person", person, "--reason", "left a badge"), "lck_")
    assert lock in adyton("lock", "list").out
    assert made(adyton("lock", "lift", lock), "lck_") == lock
    assert made(adyton("entitle", "revoke", held), "ent_") == held


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("person", "end", NOBODY), 4, "no such person"),
        (("key", "issue", NOBODY), 4, "no such person"),
        (("entitle", "add", NOBODY, "read", "--asset", "runbook.md"), 4, "no such person"),
        (("entitle", "add", NOBODY, "read", "--asset", "none"), 4, ""),
        (("entitle", "add", NOBODY, "read"), 5, "an entitlement names an asset or a"),
        (("lock", "set", "person", NOBODY, "--reason", "r"), 4, "nothing with that id"),
        (("key", "revoke", "key_" + "a" * 26), 4, "no such credential"),
        (("person", "add", "X", "--login", "UPPER", "--org", "o"), 5, "login"),
        (("person", "add", "X", "--login", "x1", "--org", "org_x"), 4, "no such organisation"),
        (("key", "issue", NOBODY, "--days", "-1"), 5, "credential expiry"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(adyton, words, code, says):
    done = adyton(*words)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"adyton: {says}")
    assert done.err.count("\n") == 1


def test_a_key_that_cannot_be_written_is_not_issued(adyton, owner, tmp_path):
    person = owner.person("keyless")
    before = adyton("key", "list", "--person", person).out
    (tmp_path / "there").write_text("precious")
    done = adyton("key", "issue", person, "--out", tmp_path / "there")
    assert (done.code, done.err) == (7, "adyton: there exists already: choose a new file\n")
    inside = adyton("key", "issue", person, "--out", owner.home / "k")
    assert inside.code == 3
    assert adyton("key", "list", "--person", person).out == before
    assert (tmp_path / "there").read_text() == "precious"


def test_a_key_that_is_not_issued_leaves_no_file(adyton, tmp_path):
    assert adyton("key", "issue", NOBODY, "--out", tmp_path / "k").code == 4
    assert not (tmp_path / "k").exists()


def test_an_approver_is_enrolled_with_a_key_of_their_own(adyton, owner, tmp_path):
    person = owner.person("late approver", "approver")
    words = ("key", "approver", person, "--group", "late", "--out")
    assert adyton(*words, owner.home / "k").code == 3
    done = adyton(*words, tmp_path / "device" / "k")
    assert (done.code, done.out) == (
        0,
        f"enrolled {person} in late; key in {tmp_path / 'device' / 'k'}\n",
    )
    assert (tmp_path / "device" / "k").stat().st_mode & 0o777 == 0o600
    again = adyton(*words, tmp_path / "device" / "k2")
    assert again.code == 7
    assert [one.name for one in (tmp_path / "device").iterdir()] == ["k"]


def test_a_passphrase_too_short_makes_no_key(adyton, monkeypatch, tmp_path):
    monkeypatch.setenv("ADYTON_PASSPHRASE", "short")
    done = adyton("key", "approver", NOBODY, "--group", "g", "--out", tmp_path / "k")
    assert done.code == 5
    assert not (tmp_path / "k").exists()


def test_a_person_without_a_role_is_refused(adyton):
    done = adyton("person", "list", by="nobody")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("adyton: denied")
