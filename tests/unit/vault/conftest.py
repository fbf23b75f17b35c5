import pytest

from tests.unit.vault.world import VaultWorld


@pytest.fixture
def world() -> VaultWorld:
    return VaultWorld()
