"""Cedar behind one wrapper: the only file that knows its library.

Rules kept here (Cedar skips a policy that errs, so an erring `forbid` would let a request pass):
allow only if the decision is Allow and there is no error; the parsed schema goes with every
question; policies are validated strictly before the first one.
"""

import hashlib
import json
from collections.abc import Mapping
from importlib import resources

import cedarpy

from adyton.policy.question import AssetView, Question, Ruling
from adyton.terms import Act, AssetKind, Binding, Employment, Misconfigured, PersonId

_SCHEMA = "schema.cedarschema"
_POLICIES = "policies"
_NOTHING = Ruling(allowed=False, reasons=())


class CedarJudge:
    """Decides by Cedar policies. Raises Misconfigured unless all of them validate strictly."""

    def __init__(self, *, schema: str, policies: Mapping[str, str]) -> None:
        text = "\n".join(policies[name] for name in sorted(policies))
        try:
            self._schema = cedarpy.Schema.from_str(schema)
            self._policies = cedarpy.PolicySet.from_str(text)
            self._names = _named(text)
        except ValueError as error:
            raise Misconfigured("policy files do not parse", mend="mend their syntax") from error
        if not cedarpy.validate_policies(text, self._schema).validation_passed:
            raise Misconfigured("policy files do not fit their schema", mend="validate with Cedar")
        self.digest = hashlib.sha256(f"{schema}\0{text}".encode()).hexdigest()
        self._check_acts()

    @classmethod
    def shipped(cls) -> "CedarJudge":
        """The judge with the policies of this package."""
        folder = resources.files("adyton.policy")
        files = [file for file in (folder / _POLICIES).iterdir() if file.name.endswith(".cedar")]
        policies = {file.name: file.read_text(encoding="utf-8") for file in files}
        return cls(schema=(folder / _SCHEMA).read_text(encoding="utf-8"), policies=policies)

    def decide(self, question: Question) -> Ruling:
        """The ruling of the policies; any error inside is a ruling that does not allow."""
        try:
            entities = cedarpy.Entities.from_json_str(_entities(question), self._schema)
            result = cedarpy.is_authorized(
                _request(question), self._policies, entities, self._schema
            )
        except ValueError:
            return _NOTHING
        sound = result.decision is cedarpy.Decision.Allow and not result.diagnostics.errors
        reasons = tuple(sorted(self._names[one] for one in result.diagnostics.reasons))
        return Ruling(allowed=sound, reasons=reasons)

    def _check_acts(self) -> None:
        """Every act of ours is an action of the schema: one that is not could never be granted."""
        for act in Act:
            probe = _request(_blank(act))
            entities = cedarpy.Entities.from_json_str(_entities(_blank(act)), self._schema)
            result = cedarpy.is_authorized(probe, self._policies, entities, self._schema)
            if result.decision is cedarpy.Decision.NoDecision:
                raise Misconfigured("an act is missing in the policy schema", mend="declare it")


def _named(text: str) -> Mapping[str, str]:
    """From the parser's position (`policy0`) to the `@id` that a person wrote."""
    static = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    names = {key: policy.get("annotations", {}).get("id", "") for key, policy in static.items()}
    if "" in names.values() or len(set(names.values())) != len(names) or not names:
        raise Misconfigured("a policy without an @id of its own", mend="give each its own @id")
    return names


def _request(question: Question) -> dict[str, object]:
    asset = question.asset
    resource = _uid("Perimeter", "this") if asset is None else _uid("Asset", asset.id)
    return {
        "principal": _uid("Person", question.person),
        "action": _uid("Action", question.act.value),
        "resource": resource,
        "context": _context(question),
    }


def _context(question: Question) -> dict[str, object]:
    context: dict[str, object] = {
        "now": question.now_s,
        "credential_until": question.credential_until_s,
        "binding": question.binding.value,
        "purpose": question.purpose,
    }
    held = question.entitlement
    if held is not None:
        context["entitlement"] = {
            "act": held.act.value,
            "asset": held.asset,
            "compartment": held.compartment,
            "purpose": held.purpose,
            "until": held.until_s,
        }
    return context


def _entities(question: Question) -> str:
    roles = sorted(role.value for role in question.roles)
    person = {"roles": roles, "employment": question.employment.value}
    entities = [_entity(_uid("Person", question.person), person)]
    asset = question.asset
    if asset is None:
        entities.append(_entity(_uid("Perimeter", "this"), {}))
    else:
        seen = {
            "id": asset.id,
            "kind": asset.kind.value,
            "compartment": asset.compartment,
            "bound_only": asset.bound_only,
        }
        entities.append(_entity(_uid("Asset", asset.id), seen))
    return json.dumps(entities)


def _entity(uid: dict[str, str], attributes: Mapping[str, object]) -> dict[str, object]:
    return {"uid": uid, "attrs": attributes, "parents": []}


def _uid(kind: str, identifier: str) -> dict[str, str]:
    return {"type": kind, "id": identifier}


def _blank(act: Act) -> Question:
    """A question that nothing permits, to see that the act is known."""
    return Question(
        person=PersonId("nobody"),
        roles=frozenset(),
        employment=Employment.EMPLOYEE,
        act=act,
        asset=AssetView(id="x", kind=AssetKind.DOCUMENT, compartment="x", bound_only=False),
        now_s=0,
        credential_until_s=0,
        binding=Binding.NONE,
        purpose="",
        entitlement=None,
    )
