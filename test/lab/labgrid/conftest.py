# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The board is off when all is done."""
import pytest


@pytest.fixture(autouse=True, scope="session")
def off_in_the_end(strategy):
    yield
    strategy.transition("off")
