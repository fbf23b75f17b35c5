"""The facts of identity and its tables. Names, logins and teams go into bodies alone."""

ORG_ADDED = "organisation.added"
ORG_ENDED = "organisation.ended"
PERSON_ADDED = "person.added"
PERSON_ENDED = "person.ended"
CREDENTIAL_ISSUED = "credential.issued"
CREDENTIAL_REVOKED = "credential.revoked"
APPROVER_ENROLLED = "approver.enrolled"

FACT_TYPES = (
    ORG_ADDED,
    ORG_ENDED,
    PERSON_ADDED,
    PERSON_ENDED,
    CREDENTIAL_ISSUED,
    CREDENTIAL_REVOKED,
    APPROVER_ENROLLED,
)

ORGS = "orgs"
PEOPLE = "people"
CREDENTIALS = "credentials"
APPROVERS = "approvers"
