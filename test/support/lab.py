# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What is in test/lab for labgrid and LAVA, and the words that they and the tests wait for."""
import tomllib

from places import ROOT

LAB = ROOT / "test/lab"
ENVIRONMENTS = sorted((LAB / "labgrid").glob("*.yaml"))
WORDS = tomllib.loads((LAB / "words.toml").read_text())


def load(path):
    """YAML, with labgrid's word for what comes from the environment."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass
    Loader.add_constructor("!template", Loader.construct_scalar)
    return yaml.load(path.read_text(), Loader)


def scripts(job):
    """Those that LAVA types and reads, in the order of its job."""
    return [script for action in job["actions"] for script in
            action.get("test", {}).get("interactive", [])]
