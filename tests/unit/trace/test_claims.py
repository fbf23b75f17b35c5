import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.trace.claims import claims_of
from tests.unit.marks.leaks import FOREIGN
from tests.unit.trace.world import ASSET, NAME, World


@pytest.fixture(scope="module")
def state():
    return World(readers=1).ledger.state


@pytest.mark.parametrize(
    "text",
    [
        f"# {NAME}\n\n{FOREIGN}",
        f"{NAME}, final\n{FOREIGN}",
        f"## EVALUATION-RUNBOOK\n{FOREIGN}",
    ],
)
def test_a_name_as_title_presents_a_text_as_ours(state, text):
    found = claims_of(text, state)
    assert found.titled == (ASSET,)
    assert found.presents_itself_as_ours


def test_a_name_further_down_is_only_talk(state):
    found = claims_of(f"Some news\n\n{FOREIGN}They also have an {NAME} somewhere.", state)
    assert found.mentioned == (ASSET,)
    assert not found.presents_itself_as_ours


def test_parts_of_words_are_no_name(state):
    assert not claims_of(f"{FOREIGN} reevaluation runbooks", state).mentioned


def test_ids_of_versions_are_claims(state):
    assert claims_of("see ver_" + "a" * 26, state).ids


def test_a_short_text_is_bare(state):
    assert claims_of("I have it", state).bare
    assert not claims_of(FOREIGN * 2, state).bare


@given(st.text(max_size=400))
def test_i7_any_text_has_claims_or_none(state, text):
    assert claims_of(text, state).words == len(text.split())
