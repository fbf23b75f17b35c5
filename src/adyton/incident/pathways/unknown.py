"""None of the listed ways: a photo, print, paste, extraction, broken host, or the unthought-of."""

from adyton.incident.pathways.look import Look, Pathway
from adyton.incident.records import Evidence


def examine(look: Look) -> tuple[Evidence, ...]:
    """Nothing speaks for it; what could not be seen is said."""
    text = "Photographs, prints, speech, home devices and stolen hosts leave nothing in these logs."
    return (look.missing("not_in_any_log", text),)


PATHWAY = Pathway(
    id="unknown",
    name="Unknown",
    unseen="Everything that leaves no trace in a log of ours.",
    examine=examine,
)
