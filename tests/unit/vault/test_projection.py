from adyton import vault
from adyton.terms import BodyState, Entry
from adyton.vault import facts
from tests.unit.vault.world import VaultWorld


def test_facts_of_other_parts_change_nothing(world: VaultWorld):
    entry = Entry(
        index=0,
        receipt="rct_x",
        type="lock.set",
        writer="w",
        counter=0,
        recorded_at_s=1,
        subjects=(),
        public={},
        body=None,
    )
    assert vault.project(entry, world.ledger.state) == ()


def test_an_erased_asset_keeps_its_row_without_its_name(world: VaultWorld):
    made = world.protect()
    registered = world.facts(facts.ASSET_REGISTERED)[0]
    erased = Entry(
        **{
            **{name: getattr(registered, name) for name in registered.__slots__},
            "body": None,
            "body_state": BodyState.ERASED,
        }
    )
    row = vault.project(erased, world.ledger.state)[0]
    assert row.key == made.asset
    assert row.data["name"] == ""
    assert row.data["kind"] == "weights"


def test_a_request_passes_through_its_states(world: VaultWorld):
    request = world.request(world.protect().version)

    def status() -> object:
        return world.ledger.state.get(facts.REQUESTS, request.id)["status"]

    seen = [status()]
    for person in (world.ada, world.cy):
        world.vault.approve(world.approval(request, person))
        seen.append(status())
    session = world.vault.open(request.id)
    seen.append(status())
    world.vault.close(session.session)
    assert [*seen, status()] == ["open", "open", "approved", "opened", "closed"]
    rows = dict(world.ledger.state.by_index(facts.APPROVALS, request.id))
    assert {row["group"] for row in rows.values()} == {"guard", "law"}
