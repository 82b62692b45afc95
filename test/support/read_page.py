# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A page of HTML as a reader gets it: its elements, and the text of each part. Tags that do not
match are an error."""
import html.parser

VOID = {"wbr", "meta", "br", "link", "img", "input", "hr"}


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    @property
    def text(self):
        words = "".join(one if isinstance(one, str) else one.text for one in self.children)
        return words if self.parent else " ".join(words.split())

    def all(self, tag=None):
        for one in self.children:
            if not isinstance(one, str):
                if tag in (None, one.tag):
                    yield one
                yield from one.all(tag)

    def words(self):
        return " ".join(self.text.split())


class Page(html.parser.HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.source = source
        self.root = self.now = Element("", {}, None)
        self.feed(source)
        self.close()
        assert self.now is self.root, f"never closed: {self.now.tag}"
        self.ids = {one.attributes["id"]: one for one in self.root.all() if "id" in one.attributes}

    def handle_starttag(self, tag, attrs):
        one = Element(tag, dict(attrs), self.now)
        self.now.children.append(one)
        if tag not in VOID:
            self.now = one

    def handle_startendtag(self, tag, attrs):
        self.now.children.append(Element(tag, dict(attrs), self.now))

    def handle_endtag(self, tag):
        assert tag == self.now.tag, f"</{tag}> in <{self.now.tag}>"
        self.now = self.now.parent

    def handle_data(self, data):
        self.now.children.append(data)

    def all(self, tag=None):
        return list(self.root.all(tag))

    def section(self, name):
        return self.ids[name].words()
