import pytest

from tests.policy.world import World


@pytest.fixture
def world():
    return World()
