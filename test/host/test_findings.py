# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""findings/ runs outside of the tests; that it asks for what there is can be seen without a download."""
import re
import stat

import pytest

from places import ROOT

SCRIPTS = sorted((ROOT / "findings").glob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_what_it_calls_is_there(script):
    text = script.read_text()
    releases = re.findall(r"^\s*private_apt (\S+) deb", text, re.M)
    assert releases and script.stat().st_mode & stat.S_IXUSR
    for release in releases:
        places = [release] if "$1" not in release else \
            [release.strip('"').replace("$1", word) for word in re.findall(r"^expect (\S+)", text, re.M)]
        assert places and all((ROOT / "scripts" / place).is_file() for place in places)
