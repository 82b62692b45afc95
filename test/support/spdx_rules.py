# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the SPDX specification, version 2.3, asks of a document of packages, as its JSON form has it.

Debian has no program that looks for that. Numbers are those of the specification's clauses.
"""
import re

ID = r"SPDXRef-[A-Za-z0-9.-]+"
SUM_LENGTH = {"SHA1": 40, "SHA256": 64, "SHA512": 128, "MD5": 32}
PURPOSES = {"APPLICATION", "FRAMEWORK", "LIBRARY", "CONTAINER", "OPERATING_SYSTEM", "DEVICE", "FIRMWARE",
            "SOURCE", "ARCHIVE", "FILE", "INSTALL", "OTHER"}  # 7.24, as the JSON form writes them
RELATIONS = {"DESCRIBES", "CONTAINS", "GENERATED_FROM", "COPY_OF", "EXPANDED_FROM_ARCHIVE", "STATIC_LINK",
             "DYNAMIC_LINK"}  # 11.1, those of it that dtshim uses
DOCUMENT_FIELDS = {"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo",
                   "packages", "relationships"}  # 6
PACKAGE_FIELDS = {"name", "SPDXID", "versionInfo", "packageFileName", "supplier", "downloadLocation",
                  "filesAnalyzed", "checksums", "sourceInfo", "licenseConcluded", "licenseDeclared",
                  "licenseComments", "copyrightText", "comment", "externalRefs",
                  "primaryPackagePurpose"}  # 7
# 10.1 and annex D, as far as it goes: SPDX's names, joined.
NAME = r"(?:NOASSERTION|NONE|Apache-2\.0|GPL-2\.0-or-later|GPL-2\.0-only|BSD-2-Clause|MIT)"
EXPRESSION = rf"{NAME}(?: (?:OR|AND) {NAME})*"
PURL = r"pkg:deb/debian/[a-z0-9%.+-]+@[A-Za-z0-9%.~-]+\?arch=[a-z0-9]+"


def check(document):
    """Raises AssertionError where a rule is broken."""
    check_head(document)
    ids = [package["SPDXID"] for package in document["packages"]]
    assert len(ids) == len(set(ids)) and "SPDXRef-DOCUMENT" not in ids
    for package in document["packages"]:
        check_package(package)
    check_relations(document["relationships"], {*ids, "SPDXRef-DOCUMENT"})


def check_head(document):
    assert set(document) == DOCUMENT_FIELDS
    assert document["spdxVersion"] == "SPDX-2.3"                              # 6.1
    assert document["dataLicense"] == "CC0-1.0"                               # 6.2
    assert document["SPDXID"] == "SPDXRef-DOCUMENT"                           # 6.3
    assert document["name"] and "\n" not in document["name"]                  # 6.4
    assert re.fullmatch(r"https://[^#\s]+-[0-9a-f-]{36}", document["documentNamespace"])  # 6.5
    made = document["creationInfo"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["created"])  # 6.9
    assert made["creators"] and all(re.fullmatch(r"(?:Tool|Organization|Person): \S.*", one)
                                    for one in made["creators"])              # 6.8


def check_package(package):
    assert set(package) <= PACKAGE_FIELDS, set(package) - PACKAGE_FIELDS
    assert package["name"] and re.fullmatch(ID, package["SPDXID"])            # 7.1, 7.2
    assert package["downloadLocation"] in ("NOASSERTION", "NONE")             # 7.7
    assert package["filesAnalyzed"] is False                                  # 7.8
    assert package.get("primaryPackagePurpose", "OTHER") in PURPOSES          # 7.24, as the JSON form writes them
    assert re.fullmatch(r"(?:Organization|Person): \S.*|NOASSERTION", package.get("supplier", "NOASSERTION"))
    for field in "licenseConcluded", "licenseDeclared":                       # 7.13, 7.15
        assert re.fullmatch(EXPRESSION, package[field]), package[field]
    for one in package.get("checksums", []):                                  # 7.10
        assert re.fullmatch("[0-9a-f]{%d}" % SUM_LENGTH[one["algorithm"]], one["checksumValue"])
    for one in package.get("externalRefs", []):                               # 7.21
        assert one["referenceCategory"] == "PACKAGE-MANAGER" and one["referenceType"] == "purl"
        assert re.fullmatch(PURL, one["referenceLocator"]), one
    assert all(isinstance(package[field], str) and package[field] for field in package
               if field not in ("filesAnalyzed", "checksums", "externalRefs"))


def check_relations(relations, ids):
    assert any(one["relationshipType"] == "DESCRIBES" for one in relations)   # 11.1
    for one in relations:
        assert set(one) == {"spdxElementId", "relationshipType", "relatedSpdxElement"}
        assert {one["spdxElementId"], one["relatedSpdxElement"]} <= ids
        assert one["spdxElementId"] != one["relatedSpdxElement"] and one["relationshipType"] in RELATIONS
    reached = {"SPDXRef-DOCUMENT"}
    for _ in relations:
        reached |= {one["relatedSpdxElement"] for one in relations if one["spdxElementId"] in reached}
    assert reached == ids, ids - reached


class Read:
    """A document, asked by names."""

    def __init__(self, document):
        check(document)
        self.packages = {package["SPDXID"]: package for package in document["packages"]}
        self.document = document

    def named(self, name):
        found, = [package for package in self.packages.values() if package["name"] == name]
        return found

    def sha256(self, name):
        found, = self.named(name)["checksums"]
        return found["checksumValue"]

    def of(self, name, kind):
        """Names of what a package is related to."""
        return {self.packages[one["relatedSpdxElement"]]["name"] for one in self.document["relationships"]
                if one["spdxElementId"] == self.named(name)["SPDXID"] and one["relationshipType"] == kind}
