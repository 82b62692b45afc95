# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The manual: make doc."""
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / "_ext"))

project = "dtshim"
author = "The dtshim authors"
copyright = author  # pylint: disable=redefined-builtin
version = release = re.search(r'SHIM_VERSION "(.*)"', (HERE.parent / "include/dtshim/version.h").read_text())[1]

extensions = ["manual"]
if os.environ.get("DTSHIM_SPELLING"):
    extensions.append("sphinxcontrib.spelling")
spelling_lang = "en_GB"
spelling_word_list_filename = ["words.txt"]
spelling_warning = True
spelling_ignore_contributor_names = False

exclude_patterns = ["_ext"]
nitpicky = True
# Text in ``...`` is code of many kinds; what is in a block is shown as it is.
highlight_language = "none"
smartquotes = False

html_theme = "furo"
html_title = f"dtshim {version}"
html_copy_source = False
html_show_sphinx = False
# The same bytes at any time.
html_last_updated_fmt = None

man_pages = [
    ("man/dtshim", "dtshim", "make a device tree ready for Xen on Arm", author, 1),
    ("man/dtshim-image", "dtshim-image", "make a card for a board that boots Xen", author, 1),
    ("man/dtshim-report", "dtshim-report", "make a page with pictures of a board", author, 1),
    ("man/dtshim-policy", "dtshim-policy", "what /chosen/dtshim and the options of dtshim set", author, 7),
    ("man/dtshim-rules", "dtshim-rules", "what dtshim check looks for", author, 7),
]
man_show_urls = False
