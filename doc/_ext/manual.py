# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Sphinx extension: tables from the tool's own, and links for the names of pages.

Pages name each other as files of the checkout, ``doc/guide/uefi.rst``, so that they can be read
there, too; in the manual that is a link.
"""
import pathlib
import re

import tables
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.util import logging

DOC = pathlib.Path(__file__).resolve().parent.parent
log = logging.getLogger(__name__)

NAMED_PAGE = re.compile(r"``doc/((?:guide|reference|design|quality)/[a-z0-9-]+)\.rst``")


def link_pages(_app, name, source):
    """``doc/guide/uefi.rst`` becomes a link, and one that leads nowhere a warning."""
    def link(match):
        if not (DOC / f"{match[1]}.rst").exists():
            log.warning("%s: there is no page doc/%s.rst", name, match[1])
        return f":doc:`/{match[1]}`"

    source[0] = NAMED_PAGE.sub(link, source[0])


class Table(Directive):
    """``.. table-of:: rules`` is what tables.py makes of the tool's table of rules."""
    required_arguments = 1
    has_content = False

    def run(self):
        maker = tables.MAKERS[self.arguments[0]]
        place = nodes.section()
        place.document = self.state.document
        lines = StringList(maker().split("\n"), source=f"table of {self.arguments[0]}")
        self.state.nested_parse(lines, self.content_offset, place, match_titles=True)
        return place.children


def setup(app):
    app.add_directive("table-of", Table)
    app.connect("source-read", link_pages)
    return {"parallel_read_safe": True, "version": "1"}
