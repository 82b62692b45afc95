# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Programs made of pieces."""
from unit import build, build_unset  # noqa: F401
