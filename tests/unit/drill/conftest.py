"""Drill worlds whose copies were issued by nobody: the texts are made here, without a mark."""

import base64
import functools
from collections.abc import Callable

import pytest

from adyton.drill.dice import Dice
from adyton.drill.leak import Drill, make_drill
from adyton.drill.papers import plain_wording
from adyton.drill.traffic import Issued, Scene
from adyton.drill.truth import Case
from adyton.drill.world import make_world

STARTED_S = 1_790_000_000
NOW_S = STARTED_S + 20


@functools.cache
def issue_all(seed: int) -> Scene:
    world = make_world(seed)
    issued = {}
    for at, one in enumerate(world.handouts):
        dice = Dice("test copy", seed, one.handle)
        issued[one.handle] = Issued(
            handout=one,
            copy=f"cpy_{dice.hexadecimal(26)}",
            text=plain_wording(world.paper(one.paper).master, dice),
            issued_at_s=STARTED_S + at // 4,
        )
    return Scene(world=world, issued=issued, started_s=STARTED_S, now_s=NOW_S)


@pytest.fixture(scope="session")
def scene_of() -> Callable[[int], Scene]:
    return issue_all


@pytest.fixture(scope="session")
def drill_of() -> Callable[[int, Case], Drill]:
    @functools.cache
    def make(seed: int, case: Case) -> Drill:
        scene = issue_all(seed)
        persons = {one.login: f"per_{one.login}" for one in scene.world.people}
        return make_drill(scene, case, persons=persons, nonce="00" * 16)

    return make


class MemoryPerimeter:
    """`Actions` in memory: gives ids, remembers every call, holds releases to two approvers."""

    def __init__(self, answers: dict[str, object] | None = None) -> None:
        self.calls: list[tuple[str, str, dict[str, object]]] = []
        self.keys: dict[str, str] = {}
        self._answers = answers or {}
        self._approved: dict[str, set[str]] = {}
        self._askers: dict[str, str] = {}

    def call(self, login: str, operation: str, params: dict[str, object]) -> dict[str, object]:
        self.calls.append((login, operation, dict(params)))
        if operation in self._answers:
            return dict(self._answers[operation])
        handler = getattr(self, operation.replace(".", "_"), None)
        if handler is not None:
            return handler(login, params)
        noun = operation.split(".", maxsplit=1)[0]
        return {noun: f"{noun}_{len(self.calls)}", "key": f"adk_{len(self.calls)}"}

    def asset_request(self, login, _params):
        request = f"req_{len(self.calls)}"
        self._approved[request] = set()
        self._askers[request] = login
        return {"request": request}

    def asset_pending(self, _login, _params):
        return {"requests": [{"id": request} for request in self._approved]}

    def asset_approve(self, login, params):
        request = params["approval"]["request"]
        assert login != self._askers[request], "whoever asks cannot approve"
        self._approved[request].add(login)
        return {"status": "open"}

    def asset_open(self, _login, params):
        assert len(self._approved[params["request"]]) >= 2, "two approvers must agree"
        return {"session": f"ses_{len(self.calls)}"}

    def asset_protect(self, _login, _params):
        return {"asset": f"ast_{len(self.calls)}", "version": f"ver_{len(self.calls)}"}

    def issue_copy(self, _login, _params):
        data = base64.b64encode(b"text").decode()
        return {"copy": f"cpy_{len(self.calls)}", "data": data, "digest": "00"}

    def admit(self, login: str, key: str) -> None:
        self.keys[login] = key

    def key(self, login: str) -> str:
        return self.keys[login]

    def make_approver(self, login: str) -> dict[str, str]:
        return {"hpke_public": f"{login}-h", "sign_public": f"{login}-s"}

    def approve(self, login: str, pending: dict[str, object]) -> dict[str, str]:
        return {"request": str(pending["id"]), "person": login, "note": ""}

    def of(self, operation: str) -> list[tuple[str, dict[str, object]]]:
        return [(login, params) for login, name, params in self.calls if name == operation]
