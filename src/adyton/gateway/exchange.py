"""One exchange, from the first byte to the close fact (straight line 1 of the design).

1. Match the closed route table; refuse a malformed head.
2. Authenticate.
3. Locks on the caller.
4. Read the body once, digest it, parse it.
5. Authorise: locks on the asset and its weights, then policy. Unknown, hidden, decoy: one answer.
6. The misuse guard of the compartment.
7. The budget of the person.
8. The intent fact is durable; where it cannot be, 503 and nothing goes further.
9. The upstream, and each held-back block: `conversation`.
10. The close fact on every exit path: `conversation`.

What is refused in 1 to 8 is recorded too, once, and waits for nothing; unauthenticated refusals
are counted. What needs no body is refused before the first command that does. The caller
(a face) drives the generator to its end whatever happens, and gives each command's event back.
"""

from collections.abc import Sequence

from adyton.crypto.ids import mint
from adyton.gateway.answer import ServedModel
from adyton.gateway.collaborators import Collaborators
from adyton.gateway.commands import BodyRead, ReadBody, Refuse, Reply, Steps
from adyton.gateway.conversation import Admitted, Conversation
from adyton.gateway.endpoints import Endpoint, all_endpoints, find_endpoint
from adyton.gateway.facts import ANSWER_INTENDED, MODELS_LISTED, Reason
from adyton.gateway.guard import Misuse, guard_question
from adyton.gateway.heads import (
    RequestHead,
    check_form,
    check_host,
    client_traits,
    credential_of,
    declared_bytes,
    purpose_of,
    retry_of,
)
from adyton.gateway.refusals import Refusal, own_fact
from adyton.gateway.routes import ASKING, Route, RouteKind, match_route
from adyton.gateway.steps import code_of, keyed_digest, offer, reason_of, record
from adyton.identity import Principal
from adyton.policy import Grant, nothing_here
from adyton.terms import (
    Act,
    AdytonError,
    AssetId,
    AssetKind,
    AssetRef,
    Channel,
    CompartmentId,
    CopyId,
    Fact,
    Json,
    Malformed,
    Promise,
    TooLarge,
    Unavailable,
    Unidentified,
)

# Stands in for an unknown name, so that hidden and unknown take the same steps.
_NOWHERE = AssetRef(
    asset=AssetId("ast_" + "a" * 26),
    kind=AssetKind.ENDPOINT,
    compartment=CompartmentId("cmp_" + "a" * 26),
)


class Exchange:
    """One request on its way through the perimeter, and what is known of it for the record."""

    def __init__(self, parts: Collaborators, head: RequestHead) -> None:
        self._parts = parts
        self._head = head
        self._caller: Principal | None = None
        self._route: Route | None = None
        self._model = ""
        self._endpoint: Endpoint | None = None

    def run(self) -> Steps[None]:
        """All steps, in order."""
        try:
            conversation = yield from self._admit()
        except AdytonError as error:
            yield from self._refuse(error)
            return
        if conversation is not None:
            yield from conversation.run()

    def _admit(self) -> Steps[Conversation | None]:
        """Steps 1 to 8; None where the exchange needs no model and is over."""
        # (1): route and head
        check_host(self._head, self._parts.hosts)
        route = self._route = match_route(self._head)
        if route.kind in ASKING:
            check_form(self._head)
        purpose = purpose_of(self._head)
        # (2): who
        caller = self._caller = self._parts.authenticate(credential_of(self._head))
        # (3): locks on the caller
        self._parts.gatekeeper.check_locks(caller, network=self._head.source)
        if route.kind not in ASKING:
            yield from self._models(route, caller, purpose)
            return None
        # (4): what
        body = yield from self._body()
        question = route.dialect.question(self._head, body, self._parts.limits)
        self._model = question.model
        # (5): may they
        copy = CopyId(mint("cpy", self._parts.entropy))
        endpoint, grant = self._authorise(caller, question.model, purpose, copy)
        # (6): misuse
        compartment = endpoint.resource.compartment
        guard = guard_question(self._parts.guards, compartment, question.text)
        # (7): budget
        self._parts.budget.spend_request(caller.person)
        admitted = Admitted(
            caller=caller,
            endpoint=endpoint,
            grant=grant,
            question=question,
            dialect=route.dialect,
            copy=copy,
            client=self._client(),
            network=self._head.source,
            guard=guard,
        )
        # (8): intent
        promise = yield from record(self._intent(admitted, body))
        return Conversation(self._parts, admitted, promise=promise)

    def _body(self) -> Steps[bytes]:
        limits = self._parts.limits
        if declared_bytes(self._head) > limits.body_bytes:
            raise TooLarge(f"body: over {limits.body_bytes} bytes")
        event = yield ReadBody(limit_bytes=limits.body_bytes, wait_s=limits.body_wait_s)
        if not isinstance(event, BodyRead):
            raise Malformed("body: did not arrive")
        return event.body

    def _authorise(
        self, caller: Principal, model: str, purpose: str, copy: CopyId
    ) -> tuple[Endpoint, Grant]:
        endpoint = self._endpoint = find_endpoint(self._parts.state, model)
        resource = endpoint.resource if endpoint else _NOWHERE
        grant = self._parts.gatekeeper.ask(
            caller, Act.INFER, resource, purpose=purpose, copy=copy, network=self._head.source
        )
        if endpoint is None:
            raise nothing_here()
        if endpoint.weights is not None:
            self._parts.gatekeeper.check_locks(caller, endpoint.weights)
        return endpoint, grant

    def _intent(self, admitted: Admitted, body: bytes) -> Fact:
        caller, question = admitted.caller, admitted.question
        asset = admitted.endpoint.resource.asset
        return Fact(
            type=ANSWER_INTENDED,
            subjects=(admitted.copy, asset, caller.person, caller.credential),
            public={
                "copy": admitted.copy,
                "asset": asset,
                "recipient": caller.person,
                "credential": caller.credential,
                "channel": str(Channel.ANSWER),
                "client": admitted.client,
                "dialect": admitted.dialect.name,
                "stream": question.stream,
                "attempt": retry_of(self._head),
                "guard": admitted.guard,
                "question": keyed_digest(self._parts.digest_key, "question", body),
            },
            body={
                "model": question.model,
                "question": question.text,
                "user_agent": self._user_agent(),
                "source": admitted.network,
                "purpose": admitted.grant.purpose,
            },
            body_subject=caller.person,
        )

    def _models(self, route: Route, caller: Principal, purpose: str) -> Steps[None]:
        """The list, or one of it, of what policy permits this caller."""
        self._model = route.model
        self._parts.budget.spend_request(caller.person)
        served = [
            ServedModel(name=endpoint.model, since_s=endpoint.since_s)
            for endpoint in all_endpoints(self._parts.state)
            if self._permits(caller, endpoint, purpose)
        ]
        wanted = [model for model in served if model.name == route.model]
        if route.kind is RouteKind.MODEL and not wanted:
            self._endpoint = find_endpoint(self._parts.state, route.model)
            raise nothing_here()
        shown = wanted or served
        promise = yield from self._record_listing(caller, [model.name for model in shown])
        body = route.dialect.model(wanted[0]) if wanted else route.dialect.models(served)
        yield Reply(body=body, promise=promise)

    def _permits(self, caller: Principal, endpoint: Endpoint, purpose: str) -> bool:
        try:
            self._parts.gatekeeper.ask(caller, Act.INFER, endpoint.resource, purpose=purpose)
        except AdytonError:
            return False
        return True

    def _record_listing(self, caller: Principal, names: Sequence[str]) -> Steps[Promise]:
        fact = Fact(
            type=MODELS_LISTED,
            subjects=(caller.person, caller.credential),
            public={
                "recipient": caller.person,
                "credential": caller.credential,
                "client": self._client(),
                "count": len(names),
            },
            body={"models": names},
            body_subject=caller.person,
        )
        promise = yield from record(fact)
        return promise

    def _refuse(self, error: AdytonError) -> Steps[None]:
        """Offer the refusal to the record, or count it, then say it.

        Where the ledger stopped, 503 is all that is said.
        """
        refusals, now_s = self._parts.refusals, int(self._parts.clock.now_s())
        caller = self._caller or self._guess_caller(error)
        reason = reason_of(error, state=self._parts.state, model=self._model)
        receipt: str | None = None
        if caller is None:
            refusals.count_unknown(reason, self._head.source, now_s=now_s)
        else:
            try:
                if refusals.has_room(caller, now_s=now_s):
                    receipt = yield from offer(own_fact(self._refusal(error, reason, caller)))
            except Unavailable as unavailable:
                error = unavailable
            if receipt is None:
                refusals.count(reason, caller, now_s=now_s)
        request_id = receipt or mint("rct", self._parts.entropy)
        yield Refuse(error=error, code=code_of(error), request_id=request_id)

    def _refusal(self, error: AdytonError, reason: Reason, caller: Principal) -> Refusal:
        key, model = self._parts.digest_key, self._model
        digest = keyed_digest(key, "model", model.encode()) if model else ""
        public: dict[str, Json] = {
            "asset": str(self._endpoint.resource.asset) if self._endpoint else "",
            "model_digest": digest,
            "route": str(self._route.kind) if self._route else "",
            "client": self._client(),
        }
        body: dict[str, Json] = {
            "model": model[: self._parts.limits.context_chars],
            "what": error.reason if isinstance(error, Misuse) else error.message,
            "user_agent": self._user_agent(),
        }
        return Refusal(
            reason=reason,
            caller=caller,
            source=self._head.source,
            public=public,
            body=body,
        )

    def _guess_caller(self, error: AdytonError) -> Principal | None:
        """Who sent what failed before step 2: for the record, never for the answer."""
        if isinstance(error, Unidentified):
            return None
        try:
            return self._parts.authenticate(credential_of(self._head))
        except AdytonError:
            return None

    def _client(self) -> str:
        return keyed_digest(self._parts.digest_key, "client", client_traits(self._head))

    def _user_agent(self) -> str:
        values: tuple[bytes, ...] = self._head.all(b"user-agent")
        return b" ".join(values)[: self._parts.limits.context_chars].decode("latin-1")
