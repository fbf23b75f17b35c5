"""The dossier on real tables of the other parts, and the tables of this one rebuilt."""

from adyton.adapters.memory_ledger import ManualClock, SeededEntropy, memory_ledger
from adyton.identity import Identity
from adyton.identity import project as identity_rows
from adyton.incident import Post
from adyton.incident import project as incident_rows
from adyton.incident.gather import gather
from adyton.ledger import rebuild
from adyton.marks.facts import project as mark_rows
from adyton.policy import Compartments, Entitlements
from adyton.policy import project as policy_rows
from adyton.terms import Act, Channel, Employment, Fact, OrgKind, Secret
from tests.unit.incident.test_case import proposed_case
from tests.unit.incident.world import World, seed

PROJECTIONS = (identity_rows, policy_rows, mark_rows, incident_rows)


def test_the_dossier_reads_what_identity_policy_and_marks_write():
    clock, entropy = ManualClock(), SeededEntropy(3)
    ledger = memory_ledger(PROJECTIONS, clock=clock, entropy=entropy)
    identity = Identity(ledger=ledger, clock=clock, entropy=entropy, checksum_key=Secret(b"k" * 32))
    org = identity.add_org(name="Vendor", kind=OrgKind.VENDOR, country="CH", by=None)
    person = identity.add_person(
        name="Lea Example",
        login="lea",
        org=org,
        employment=Employment.CONTRACTOR,
        roles=frozenset(),
        team="models",
        by=None,
    )
    compartment = Compartments(ledger=ledger, entropy=entropy).add(name="papers", by=None)
    Entitlements(ledger=ledger, clock=clock, entropy=entropy).grant(
        person=person,
        act=Act.READ,
        compartment=compartment,
        until_s=int(clock.now_s()) + 3600,
        by=None,
    )
    issued = ledger.append(
        Fact(
            type="copy.issued",
            subjects=("cpy_" + "a" * 26,),
            public={
                "copy": "cpy_" + "a" * 26,
                "asset": "ast_" + "a" * 26,
                "version": "ver_" + "a" * 26,
                "recipient": person,
                "channel": "archive",
                "digest": "00" * 32,
                "size_bytes": 9,
            },
            body={"place": "paper.md", "key_id": "k", "layout": "l", "code_version": 1},
        )
    )
    dossier = gather(
        ledger, case="cas", case_entry=0, now_s=int(clock.now_s()), findings=(), post=Post()
    )
    (copy,) = dossier.copies
    assert (copy.recipient, copy.channel, copy.place) == (person, Channel.ARCHIVE, "paper.md")
    assert copy.entry == issued.index
    holder = dossier.holders[person]
    assert (holder.login, holder.employment) == ("lea", Employment.CONTRACTOR)
    assert holder.org_kind is OrgKind.VENDOR
    (right,) = dossier.rights
    assert right.broad
    assert right.holds_at(int(clock.now_s()))


def test_the_tables_of_a_case_come_again_from_its_facts():
    world = World()
    case, person = proposed_case(world)
    world.cases.reply(case, person, text="no", by=world.opener)
    world.cases.sign_off(case, person, by=world.second)
    rows = {
        (row.table, row.key): row.data
        for row in rebuild(world.ledger.entries(limit=10_000), (seed, incident_rows))
    }
    for table in ("sources", "cases", "case_items", "actions"):
        live = {(table, key): data for key, data in world.ledger.state.scan(table)}
        assert {key: rows[key] for key in rows if key[0] == table} == live
