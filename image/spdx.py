# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""SPDX 2.3 in JSON: a list of what something is made of.

Of packages alone: a file is one, too, as an SPDX file wants a SHA-1. Nothing of the time of now and
nothing by chance is in it, so that the same input gives the same bytes.
"""
import datetime
import hashlib
import json
import re
import urllib.parse
import uuid

# The specification's own place for documents whose maker has none.
NAMESPACE = "https://spdx.org/spdxdocs"
NAMES = uuid.UUID("2b3a0dd4-53e5-5b55-8a0c-cf0f6d1b7f5e")  # of dtshim's documents
NOTHING_SAID = "NOASSERTION"


def sha256_of(path):
    with open(path, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def debian_purl(name, version, architecture):
    """What other lists call a package of Debian's."""
    quote = urllib.parse.quote
    return f"pkg:deb/debian/{quote(name)}@{quote(version, safe='.-~')}?arch={quote(architecture)}"


class Bill:
    def __init__(self, name, version, epoch):
        self.name, self.version, self.epoch = name, version, epoch
        self.packages, self.relations, self.taken = [], [], {}

    def new_id(self, words):
        """SPDXRef-..., and -2 behind it where that is another's."""
        stem = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]+", "-", words).strip("-")
        self.taken[stem] = self.taken.get(stem, 0) + 1
        return stem if self.taken[stem] == 1 else f"{stem}-{self.taken[stem]}"

    def add(self, name, sha256=None, purl=None, **fields):
        """A package, whose id it returns; other fields as SPDX calls them."""
        package = {"SPDXID": self.new_id(name), "name": name, "downloadLocation": NOTHING_SAID,
                   "filesAnalyzed": False, "licenseConcluded": NOTHING_SAID,
                   "licenseDeclared": NOTHING_SAID, "copyrightText": NOTHING_SAID,
                   **{key: value for key, value in fields.items() if value}}
        if sha256:
            package["checksums"] = [{"algorithm": "SHA256", "checksumValue": sha256}]
        if purl:
            package["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER",
                                        "referenceType": "purl", "referenceLocator": purl}]
        self.packages.append(package)
        return package["SPDXID"]

    def add_debian(self, name, version, architecture, sha256=None, **fields):
        return self.add(name, sha256, debian_purl(name, version, architecture), versionInfo=version,
                        supplier="Organization: Debian", **fields)

    def relate(self, one, kind, other):
        relation = {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
        if relation not in self.relations:
            self.relations.append(relation)

    def describe(self, one):
        self.relate("SPDXRef-DOCUMENT", "DESCRIBES", one)

    def text(self):
        content = {"packages": self.packages, "relationships": self.relations}
        own = uuid.uuid5(NAMES, self.name + json.dumps(content, sort_keys=True))
        created = datetime.datetime.fromtimestamp(self.epoch, datetime.timezone.utc)
        document = {
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": self.name, "documentNamespace": f"{NAMESPACE}/{urllib.parse.quote(self.name)}-{own}",
            "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                             "creators": [f"Tool: dtshim-{self.version}"]},
            **content}
        return json.dumps(document, indent=1) + "\n"
