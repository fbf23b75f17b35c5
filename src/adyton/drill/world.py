"""A drill world: organisations, people, papers, and who is given which copy, all from a seed.

Pure: nothing here touches a perimeter. Names are roles; ids are given by the perimeter later, so
people are known here by their login and copies by their handle.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from adyton.drill.dice import Dice
from adyton.drill.papers import Paper, kinds, write_paper

COMPARTMENTS = ("research", "operations")
CITIES = ("NO", "PT", "CA", "NZ", "JP", "IE", "FI", "CL", "KR", "AT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """An organisation. `key` names it inside the drill."""

    key: str
    name: str
    kind: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person or service with the habits that logs show: network, country, device."""

    login: str
    name: str
    org: str
    employment: str
    roles: tuple[str, ...]
    team: str
    ip: str
    asn: int
    country: str
    device: str
    user_agent: str
    mfa: str

    @property
    def human(self) -> bool:
        """Whether this is a person and not a service."""
        return self.employment != "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """A copy that somebody is given: of which paper, by which channel, under which name.

    `handle` is the drill's own name for it, `breadth` what the recipient's entitlement is.
    """

    handle: str
    paper: str
    login: str
    channel: str
    place: str
    breadth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that stands before anything leaks."""

    seed: int
    orgs: tuple[Org, ...]
    people: tuple[Person, ...]
    papers: tuple[Paper, ...]
    handouts: tuple[Handout, ...]
    bucket: str
    broad_reader: str
    narrow_reader: str

    def person(self, login: str) -> Person:
        """Who has this login."""
        return next(one for one in self.people if one.login == login)

    def paper(self, key: str) -> Paper:
        """The paper of this kind."""
        return next(one for one in self.papers if one.key == key)

    def handed(self, **wanted: str) -> list[Handout]:
        """The hand-outs whose fields are as wanted."""
        return [
            one
            for one in self.handouts
            if all(getattr(one, name) == value for name, value in wanted.items())
        ]


INVESTIGATES = ("investigator", "approver")
PEOPLE: tuple[tuple[str, str, str, str, tuple[str, ...], str], ...] = (
    ("operator.one", "Operator One", "owner", "employee", ("operator",), "operations"),
    ("custodian.one", "Custodian One", "owner", "employee", ("custodian",), "archive"),
    ("investigator.one", "Investigator One", "owner", "employee", INVESTIGATES, "security"),
    ("investigator.two", "Investigator Two", "owner", "employee", INVESTIGATES, "response"),
    ("counsel.one", "Counsel One", "owner", "employee", ("approver", "auditor"), "legal"),
    ("analyst.one", "Analyst One", "owner", "employee", ("analyst",), "research"),
    ("analyst.two", "Analyst Two", "owner", "employee", ("analyst",), "research"),
    ("contractor.one", "Contractor One", "owner", "contractor", ("analyst",), "evaluation"),
    ("partner.one", "Partner Analyst One", "partner", "partner", ("analyst",), "partner desk"),
    ("logger.service", "Telemetry Logger", "vendor", "service", (), "telemetry"),
    ("store.service", "Object Store", "owner", "service", (), "storage"),
)
OPERATOR = "operator.one"
CUSTODIAN = "custodian.one"
INVESTIGATORS = ("investigator.one", "investigator.two")
COUNSEL = "counsel.one"
CONTRACTOR = "contractor.one"
PARTNER = "partner.one"
LOGGER = "logger.service"
STORE = "store.service"
APPROVERS: Mapping[str, str] = {
    "investigator.one": "security",
    "investigator.two": "response",
    "counsel.one": "legal",
}
NETWORKS = {"owner": ("198.51.100.", 64496), "partner": ("203.0.113.", 64497)}
VENDOR_NETWORK = ("192.0.2.", 64498)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/139.0",
)
TELEMETRY_PAPERS = ("system_prompt", "test_runbook")


def make_world(seed: int) -> World:
    """The world of `seed`: the same for the same seed."""
    dice = Dice("world", seed)
    country = dice.pick(CITIES)
    orgs = (
        Org(key="owner", name="Example Model Owner", kind="owner", country=country),
        Org(key="partner", name="Example Partner Institute", kind="partner", country=country),
        Org(key="vendor", name="Example Telemetry Vendor", kind="vendor", country=country),
    )
    papers = tuple(write_paper(kind, dice.fork("paper", kind)) for kind in kinds())
    narrow, broad = dice.shuffled(("analyst.one", "analyst.two"))
    bucket = f"team-{dice.pick(('papers', 'files', 'shelf', 'desk'))}-{dice.hexadecimal(4)}"
    return World(
        seed=seed,
        orgs=orgs,
        people=tuple(make_person(row, country, dice.fork("person", row[0])) for row in PEOPLE),
        papers=papers,
        handouts=tuple(
            one
            for paper in papers
            for one in hand_out(paper, narrow, broad, bucket, dice.fork("handout", paper.key))
        ),
        bucket=bucket,
        broad_reader=broad,
        narrow_reader=narrow,
    )


def make_person(
    row: tuple[str, str, str, str, tuple[str, ...], str], country: str, dice: Dice
) -> Person:
    """A person with habits of their own."""
    login, name, org, employment, roles, team = row
    network, asn = NETWORKS.get(org, VENDOR_NETWORK)
    service = employment == "service"
    return Person(
        login=login,
        name=name,
        org=org,
        employment=employment,
        roles=roles,
        team=team,
        ip=f"{network}{dice.between(10, 250)}",
        asn=asn,
        country=country,
        device=f"dev-{dice.hexadecimal(10)}",
        user_agent="service/1.0" if service else dice.pick(AGENTS),
        mfa="none" if service else dice.pick(("passkey", "passkey", "otp")),
    )


def hand_out(paper: Paper, narrow: str, broad: str, bucket: str, dice: Dice) -> list[Handout]:
    """Who is given a copy of `paper`. The one with the broad entitlement gets every paper."""

    def one(login: str, channel: str, place: str, breadth: str = "narrow") -> Handout:
        handle = f"{paper.key}/{login}/{channel}"
        return Handout(
            handle=handle,
            paper=paper.key,
            login=login,
            channel=channel,
            place=place,
            breadth=breadth,
        )

    file = f"{paper.file}.md"
    made = [
        one(narrow, "direct", file),
        one(narrow, "store", f"{bucket}/{dice.hexadecimal(6)}/{file}"),
        one(broad, "direct", file, "broad"),
        one(CONTRACTOR, "direct", file),
        one(PARTNER, "archive", f"{paper.file}-{dice.hexadecimal(4)}.zip"),
        one(COUNSEL, "direct", file),
    ]
    if paper.key in TELEMETRY_PAPERS:
        made.append(one(LOGGER, "telemetry", f"telemetry-{dice.hexadecimal(4)}/{file}"))
    return dice.shuffled(made)
