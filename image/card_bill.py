# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a card is made of, as an SPDX document: dtshim image --sbom.

The image contains its parts, a part for each file; a part is of a package, of the root file system,
of a file that the user gave, or is made from some of these.
"""
import pathlib
import re

import spdx

OWN = {"licenseDeclared": "GPL-2.0-or-later OR BSD-2-Clause", "supplier": "Organization: The dtshim authors"}
# What an unpacked package has, by what apt and dpkg call it (scripts/fetch-parts).
FIELDS = re.compile(r"^(\w+): *(.*)$", re.M)


class Origins:
    """Where files come from. A source is added once, when something is found to be of it."""

    def __init__(self, bill, work):
        self.bill, self.work, self.known = bill, work, {}

    def once(self, key, add):
        if key not in self.known:
            self.known[key] = add()
        return self.known[key]

    def of(self, path):
        """[(relationship, id)]: through files that were made on the way, up to what was there before."""
        path = pathlib.Path(path)
        if path in self.work.sources:
            copied, sources = self.work.sources[path]
            found = [one for source in sources for one in self.of(source)]
            return found if copied else [("GENERATED_FROM", other) for _, other in found]
        return [self.source(path)]

    def source(self, path):
        packages, root = self.work.packages, self.work.root
        if packages.folder in path.parents:
            return "EXPANDED_FROM_ARCHIVE", self.package(path.relative_to(packages.folder).parts[0])
        if root and root.has(path):
            return "EXPANDED_FROM_ARCHIVE", self.root_source()
        return "COPY_OF", self.own_stage(path) if path == self.work.own_stage else self.given(path)

    def package(self, name):
        known = self.work.packages.folder / f"{name}.origin"
        return self.once(name, lambda: self.known_package(name, known) if known.exists() else
                         self.older_package(name))

    def known_package(self, name, origin):
        field = dict(FIELDS.findall(origin.read_text()))
        terms = f"usr/share/doc/{field['Package']}/copyright"
        there = (self.work.packages.folder / name / terms).exists()
        return self.bill.add_debian(
            field["Package"], field["Version"], field["Architecture"], field["SHA256"],
            packageFileName=field["File"], sourceInfo=f"Debian's source package {field['Source']}",
            licenseComments=there and f"Its terms: /{terms} in it.")

    def older_package(self, name):
        called, version = self.work.packages.used[name].split()[:2]
        return self.bill.add_debian(called, version, "arm64", comment="Its checksum was not kept when "
                                    "it was fetched; dtshim image --fresh fetches it again.")

    def root_source(self):
        return self.once(self.work.root, lambda: self.bill.add(
            pathlib.Path(self.work.root.source).name, primaryPackagePurpose="ARCHIVE",
            comment="The root file system that the user gave."))

    def given(self, path):
        return self.once(path, lambda: self.bill.add(
            path.name, spdx.sha256_of(path), primaryPackagePurpose="FILE",
            comment="A file that the user gave."))

    def own_stage(self, path):
        return self.once(path, lambda: self.bill.add(
            "dtshim", spdx.sha256_of(path), versionInfo=self.bill.version, packageFileName=path.name,
            primaryPackagePurpose="FIRMWARE", **OWN))


def add_part(bill, origins, image, name, path, purpose):
    """`path` has the bytes that lie on the card."""
    found = origins.of(path) if path in origins.work.sources or purpose == "FIRMWARE" else []
    part = bill.add(name, spdx.sha256_of(path), primaryPackagePurpose=purpose,
                    comment=not found and "Written by dtshim image.")
    bill.relate(image, "CONTAINS", part)
    for kind, other in found:
        bill.relate(part, kind, other)


def add_root(bill, origins, image, path):
    """The root file system, with what dpkg says is installed there."""
    part = bill.add("root file system", spdx.sha256_of(path), primaryPackagePurpose="OPERATING_SYSTEM")
    bill.relate(image, "CONTAINS", part)
    bill.relate(part, "GENERATED_FROM", origins.root_source())
    for name, version, architecture in origins.work.root.installed():
        bill.relate(part, "CONTAINS", bill.add_debian(name, version, architecture))


def make(work, name, made, the_card, version):
    """The document of an image that was made, and does not have its name yet."""
    bill = spdx.Bill(name, version, work.epoch)
    image = bill.add(name, spdx.sha256_of(made), packageFileName=name, primaryPackagePurpose="OPERATING_SYSTEM",
                     comment=f"A card for {work.board.title}, made by dtshim image.")
    bill.describe(image)
    origins = Origins(bill, work)
    for path in sorted(path for path in work.boot.rglob("*") if path.is_file()):
        add_part(bill, origins, image, f"boot partition: {path.relative_to(work.boot)}", path, "FILE")
    for extent, path in the_card.raw:
        add_part(bill, origins, image, str(extent), pathlib.Path(path), "FIRMWARE")
    if the_card.root:
        add_root(bill, origins, image, the_card.root)
    for package in sorted(work.packages.used):
        origins.package(package)
    return bill.text()
