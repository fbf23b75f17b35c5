"""Facts, rows and a timeline of them, without a perimeter, in small segments."""

from unittest import mock

from adyton.adapters import home_files
from adyton.adapters.duckdb_timeline import FactFollower, ParquetTimeline, TimelineWriter, writing
from adyton.ledger.envelope import Envelope, parse_envelope
from adyton.ledger.ports import StoredFact
from adyton.ledger.questions import ForeignRow, Question, fits, row_fits

STEP = 64
START_S = 1_760_000_000
TYPES = ("copy.issued", "lock.set", "answer.closed", "person.added", "request.refused")
COVER = {
    "digest": "0" * 64,
    "skew_s": 60,
    "coverage_from_s": START_S,
    "coverage_to_s": START_S + 9,
    "coverage_basis": "stated",
}


def an_id(prefix, number):
    return f"{prefix}_{number:026}"


def stored(index):
    envelope = Envelope(
        type=TYPES[index * index % len(TYPES)],
        log="main",
        epoch=1 + index // 100,
        writer="owner",
        counter=index,
        previous="",
        time_s=START_S + index // 3,
        receipt=an_id("rct", index),
        subjects=(an_id("per", index * index % 97),),
        public={"copy": an_id("cpy", index), "note": f"word-{index % 211}", "size": index},
        commitment="",
    )
    return StoredFact(index=index, receipt=envelope.receipt, data=envelope.to_bytes())


class Feed:
    """So many facts; it counts what is read."""

    def __init__(self, size):
        self.facts, self.keys = [stored(index) for index in range(size)], set()

    def size(self):
        return len(self.facts)

    def read(self, start, limit):
        return self.facts[start : start + limit]

    def body(self, index):
        return None

    def key(self, key_id):
        return object() if key_id in self.keys else None


def rows(source, count):
    return [
        ForeignRow(
            source=source,
            line=at + 1,
            time_s=START_S + at % 50,
            log_time_s=START_S + at % 50 + 60,
            says={
                "action": ("object.read", "signin.ok")[at % 2],
                "address": f"192.0.2.{at % 9}",
                "object": f"folder-{at % 7}/paper-{at}.md",
            },
        )
        for at in range(count)
    ]


class Lines:
    """A timeline in a folder, its writer, and the plain answer to compare with."""

    def __init__(self, folder, *, facts=0, sources=(), fan=8):
        self.folder, self.feed, self.rows, self.fan = folder, Feed(facts), [], fan
        self.writer = TimelineWriter(folder, write=home_files.write_private)
        self.unpacked = [parse_envelope(one.data) for one in self.feed.facts]
        self.follower = FactFollower(self.writer)
        self.follow()
        for number, source in enumerate(sources):
            self.put(source, 300 + number, key=f"bdk_{source}")
        self.timeline = ParquetTimeline(folder, write=home_files.write_private)

    def follow(self):
        """Every whole segment; merges as the real sizes would."""
        with mock.patch.multiple(writing, SEGMENT_FACTS=STEP, FAN=self.fan):
            while self.writer.list.end + STEP <= self.feed.size():
                self.follower.take(self.feed.read(self.writer.list.end, STEP))

    def put(self, source, count, *, key):
        made = rows(source, count)
        self.rows += made
        self.writer.put_rows(source=source, entry=0, key_id=key, cover=COVER, rows=made)

    def find(self, **question):
        return self.timeline.find(Question(**question), hidden=frozenset())

    def plain(self, **question):
        """What fits, searched one by one in what is in the segments."""
        asked = Question(**question)
        end = self.writer.list.end
        facts = [
            index
            for index, envelope in enumerate(self.unpacked[:end])
            if fits(asked, index, envelope)
        ]
        found = [one for one in self.rows if row_fits(asked, one)]
        return facts, sorted(found, key=lambda one: (one.time_s, one.source, one.line))
