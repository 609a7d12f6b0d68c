"""Fixtures of the services' tests."""

import pytest

from tests.service.services.world import World


@pytest.fixture
def world() -> World:
    return World()
