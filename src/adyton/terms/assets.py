"""What is protected, what can be done with it, and who does it."""

from dataclasses import dataclass
from enum import StrEnum

from adyton.terms.ids import AssetId, CompartmentId, VersionId


class AssetKind(StrEnum):
    """The kinds of asset of the design."""

    WEIGHTS = "weights"
    ADAPTER = "adapter"
    TEST_BUILD = "test_build"
    PROMPT = "prompt"
    DOCUMENT = "document"
    CONFIG = "config"
    SOURCE = "source"
    LOG = "log"
    CHAT = "chat"
    DATASET = "dataset"
    ENDPOINT = "endpoint"
    CREDENTIAL = "credential"


class Act(StrEnum):
    """Everything a principal may be allowed to do. Each needs a row in the policy matrix."""

    # on one asset
    INFER = "infer"  # ask the model (endpoint assets)
    READ = "read"  # be issued a marked copy
    CHECKOUT = "checkout"  # receive bytes of a sealed version, after approvals
    SERVE = "serve"  # a model server receives weights, after approvals
    REVIEW = "review"  # run an analyst task on given input
    PROTECT = "protect"  # bring an asset under protection
    ISSUE = "issue"  # hand a marked copy to somebody (the recipient needs READ)
    # on the perimeter
    ADMINISTER = "administer"  # people, organisations, compartments, credentials, entitlements
    APPROVE = "approve"
    LOCK = "lock"
    SWEEP = "sweep"
    WATCH = "watch"
    IMPORT = "import"  # logs that are not ours
    TRACE = "trace"  # exhibits to copies, never holders
    INVESTIGATE = "investigate"  # incidents: holders, scope, plan
    AUDIT = "audit"  # read the ledger


class Role(StrEnum):
    """What a person is trusted with inside the perimeter; one person may hold several."""

    OPERATOR = "operator"
    APPROVER = "approver"
    CUSTODIAN = "custodian"  # protects and issues assets
    INVESTIGATOR = "investigator"
    AUDITOR = "auditor"
    ANALYST = "analyst"  # uses the model


class OrgKind(StrEnum):
    """How an organisation stands to the owner."""

    OWNER = "owner"
    PARTNER = "partner"
    VENDOR = "vendor"


class Employment(StrEnum):
    """How a person stands to their organisation. A service is software that acts."""

    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"
    PARTNER = "partner"
    SERVICE = "service"


class Binding(StrEnum):
    """How a credential is bound to its sender."""

    NONE = "none"
    DPOP = "dpop"
    MTLS = "mtls"


class Channel(StrEnum):
    """The way a copy was handed over; recorded with the copy, before the first byte."""

    DIRECT = "direct"  # shown or saved by the recipient
    ARCHIVE = "archive"  # packed for handing over
    STORE = "store"  # laid in an object store for the recipient
    TELEMETRY = "telemetry"  # sent to a logging or analytics service
    ANSWER = "answer"  # a model answer through the gateway
    CHECKOUT = "checkout"  # bytes of a sealed version


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRef:
    """One asset as policy sees it."""

    asset: AssetId
    kind: AssetKind
    compartment: CompartmentId
    version: VersionId | None = None
