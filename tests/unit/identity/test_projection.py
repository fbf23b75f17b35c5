from adyton.ledger import rebuild
from adyton.terms import OrgKind, Role
from tests.policy.world import PROJECTIONS, World

TABLES = {"orgs", "people", "credentials", "approvers"}


def rows(all_rows):
    return [row for row in all_rows if row.table in TABLES]


def filled():
    world = World()
    org = world.org(OrgKind.VENDOR)
    person = world.person(Role.APPROVER, org=org)
    world.key(person)
    world.identity.enroll_approver(
        person, group="legal", hpke_public=b"h" * 32, sign_public=b"s" * 32, by=None
    )
    leaver = world.person()
    world.key(leaver)
    world.identity.end_person(leaver, by=None)
    credential, _ = world.key(world.person())
    world.identity.revoke_credential(credential, by=person)
    return world, person, org


def test_rebuilt_rows_equal_live_rows():
    world, _, org = filled()
    world.identity.end_org(org, by=None)
    rebuilt = rebuild(world.ledger.entries(), PROJECTIONS)
    assert rows(rebuilt) == rows(world.store.facts._state.rows())


def test_the_end_of_a_person_is_the_end_of_each_of_their_credentials_alone():
    world = World()
    leaver, stayer = world.person(), world.person()
    ended = {world.key(leaver)[0], world.key(leaver)[0]}
    world.key(stayer)
    world.identity.end_person(leaver, by=None)
    revoked = {key for key, row in world.state.scan("credentials") if row["revoked_at"]}
    assert revoked == ended


def test_an_erased_person_keeps_keys_and_loses_the_name():
    world, person, _ = filled()
    world.ledger.erase(person, "2027-01")
    live = world.store.facts._state.rows()
    assert world.state.get("people", person)["name"] == ""
    assert world.state.get("people", person)["login"] == ""
    assert rows(rebuild(world.ledger.entries(), PROJECTIONS)) == rows(live)
