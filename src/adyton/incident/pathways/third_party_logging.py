"""The copy went to a logging or analytics service, and got out there."""

from adyton.incident.pathways.look import Look, Pathway
from adyton.incident.records import Cite, Evidence
from adyton.terms import Channel, Employment, OrgKind


def examine(look: Look) -> tuple[Evidence, ...]:
    """Whether the copy left over telemetry, and to whom."""
    vendor = look.missing("vendor_logs", "The service's own exposure is in no log of ours.")
    if look.copy.channel is not Channel.TELEMETRY:
        text = "The copy was not sent to a logging service."
        return (look.weighed("not_sent_by_telemetry", text, [look.issue()]),)
    text = "The copy was sent to a logging or analytics service."
    found = [look.weighed("sent_by_telemetry", text, [look.issue()])]
    holder = look.holder
    if holder and holder.org_kind is OrgKind.VENDOR:
        text = "The recipient belongs to a vendor."
        found.append(look.weighed("recipient_is_vendor", text, [Cite(entry=holder.entry)]))
    if holder and holder.employment is Employment.SERVICE:
        text = "The recipient is a service."
        found.append(look.weighed("recipient_is_service", text, [Cite(entry=holder.entry)]))
    return (*found, vendor)


PATHWAY = Pathway(
    id="third_party_logging",
    name="Logging at a third party",
    unseen="The service's own exposure and who reads there.",
    examine=examine,
)
