# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What a card is made of: the document of --sbom, and the bytes that it speaks of."""
import hashlib
import json
import shutil

import pytest

import spdx_rules
from card_files import PARTS, brought, content, listed
from made_up_packages import DEBIAN, RELEASE, STAGE, own_file
from places import GUESTS

pytestmark = pytest.mark.skipif(not STAGE.exists(), reason="no boot stage: no cross compiler")

CARD = ["-o", "card.img", *DEBIAN, "--sbom", "card.spdx.json"]


@pytest.fixture
def bill(image, tmp_path):
    def make(*options, **more):
        image(*options, *CARD, **more)
        return spdx_rules.Read(json.loads((tmp_path / "card.spdx.json").read_text()))
    return make


def origin(cache, name, **more):
    field = {"Package": name, "Version": "1:2.0+b1-1", "Architecture": "arm64", "Source": f"{name} 1:2.0-1",
             "File": f"{name}_2.0_arm64.deb", "SHA256": hashlib.sha256(name.encode()).hexdigest(), **more}
    (cache / "parts" / RELEASE / f"{name}.origin").write_text(
        "".join(f"{key}: {value}\n" for key, value in field.items()))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.mark.slow
def test_each_file_of_the_card(bill, cache, tmp_path):
    """With the sum of its bytes, and where it is from."""
    for name in "kernel", "xen", "busybox-static", "u-boot-sunxi":
        origin(cache, name)
    own_file(cache / "parts" / RELEASE / "xen", "usr/share/doc/xen/copyright")
    found = bill("--board", "pine64")
    card = tmp_path / "card.img"
    assert found.sha256("card.img") == sha256(card.read_bytes())
    parts = found.of("card.img", "CONTAINS")
    tree = "sun50i-a64-pine64-plus.dtb"
    assert {name.removeprefix("boot partition: ") for name in parts if name.startswith("boot ")} == {
        *PARTS, tree} == listed(card)
    for name in {*PARTS, tree}:
        assert found.sha256(f"boot partition: {name}") == sha256(content(card, name))
    for name, package in {"xen": "xen", "Image": "kernel", tree: "kernel"}.items():
        assert found.of(f"boot partition: {name}", "EXPANDED_FROM_ARCHIVE") == {package}
    assert found.of("boot partition: initrd", "GENERATED_FROM") == {"busybox-static"}
    assert found.of("boot partition: dtshim.img", "COPY_OF") == {"dtshim"}
    raw = [name for name in parts if not name.startswith("boot ")]
    assert len(raw) == 2 and {"u-boot-sunxi"} == set().union(
        *(found.of(name, "EXPANDED_FROM_ARCHIVE") for name in raw))


@pytest.mark.slow
def test_what_is_said_of_a_package(bill, cache):
    origin(cache, "xen")
    own_file(cache / "parts" / RELEASE / "xen", "usr/share/doc/xen/copyright")
    found = bill("--board", "pine64")
    package = found.named("xen")
    assert package["versionInfo"] == "1:2.0+b1-1" and package["packageFileName"] == "xen_2.0_arm64.deb"
    assert found.sha256("xen") == sha256(b"xen") and package["supplier"] == "Organization: Debian"
    assert package["sourceInfo"] == "Debian's source package xen 1:2.0-1"
    assert "/usr/share/doc/xen/copyright" in package["licenseComments"]
    assert package["externalRefs"][0]["referenceLocator"] == "pkg:deb/debian/xen@1%3A2.0%2Bb1-1?arch=arm64"
    # Unpacked by an older dtshim, which kept no sum.
    assert "checksums" not in found.named("kernel") and "--fresh" in found.named("kernel")["comment"]
    stage = found.named("dtshim")
    assert found.sha256("dtshim") == sha256(STAGE.read_bytes())
    assert stage["licenseDeclared"] == "GPL-2.0-or-later OR BSD-2-Clause" and stage["versionInfo"]


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes(bill, image, tmp_path):
    """Neither the time nor the place is in it; another card has another name."""
    first = bill("--board", "pine64").document
    text = (tmp_path / "card.spdx.json").read_text()
    assert bill("--board", "pine64", TZ="Pacific/Chatham").document == first
    assert (tmp_path / "card.spdx.json").read_text() == text and str(tmp_path) not in text
    assert first["creationInfo"]["created"] == "2026-01-01T00:00:00Z"
    other = bill("--board", "pine64", "--policy", "dom0-mem=256M", SOURCE_DATE_EPOCH="86400").document
    assert other["creationInfo"]["created"] == "1970-01-02T00:00:00Z"
    assert other["documentNamespace"] != first["documentNamespace"]


@pytest.mark.slow
def test_files_that_the_user_gives(bill, tmp_path):
    kernel = shutil.copy(GUESTS / "Image", tmp_path / "my-kernel")
    found = bill("--board", "imx8mp_evk", "--kernel", kernel, *brought(tmp_path, "flash.bin"))
    assert found.of("boot partition: Image", "COPY_OF") == {"my-kernel"}
    assert found.sha256("my-kernel") == sha256((GUESTS / "Image").read_bytes())
    raw, = [name for name in found.of("card.img", "CONTAINS") if not name.startswith("boot ")]
    assert found.of(raw, "COPY_OF") == {"flash.bin"}


@pytest.mark.slow
def test_what_is_made_of_several(bill, tmp_path):
    """extlinux' one file has the stage and its payload; the tree is the user's, with a policy."""
    tree = GUESTS / "dtbs/arm64/rockchip/rk3399-rockpro64.dtb"
    found = bill("--board", "rock5b", "--tree", tree, *brought(tmp_path, "idbloader.img", "u-boot.itb"))
    assert found.of("boot partition: dtshim.img", "GENERATED_FROM") == {
        "dtshim", "xen", "kernel", "busybox-static"}
    assert found.of("boot partition: rk3588-rock-5b.dtb", "GENERATED_FROM") == {"rk3399-rockpro64.dtb"}


STATUS = """Package: xen-utils-4.20
Status: install ok installed
Architecture: arm64
Version: 4.20.2-1

Package: gone
Status: deinstall ok config-files
Architecture: arm64
Version: 1-1
"""


@pytest.mark.slow
def test_a_root_file_system(bill, image, tmp_path):
    root = tmp_path / "root"
    for name in ("sbin/init", "boot/initrd.img-6.12.10", "boot/config-6.12.10", "usr/sbin/xl"):
        own_file(root, name)
    for name, source in {"boot/vmlinuz-6.12.10": "Image", "boot/xen-4.20-arm64": "xen",
                         "usr/lib/linux-image-6.12.10/allwinner/sun50i-a64-pine64-plus.dtb":
                         "dtbs/arm64/allwinner/sun50i-a64-pine64-plus.dtb",
                         "var/lib/dpkg/status": None}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if source:
            shutil.copy(GUESTS / source, root / name)
    (root / "var/lib/dpkg/status").write_text(STATUS)
    shutil.make_archive(str(tmp_path / "root"), "tar", root)
    for source in root, tmp_path / "root.tar":
        found = bill("--board", "pine64", "--rootfs", source)
        assert found.of("boot partition: Image", "EXPANDED_FROM_ARCHIVE") == {source.name}
        assert found.of("root file system", "CONTAINS") == {"xen-utils-4.20"}
        assert found.named("xen-utils-4.20")["versionInfo"] == "4.20.2-1"
        assert found.of("root file system", "GENERATED_FROM") == {source.name}


@pytest.mark.slow
def test_where_it_cannot_be_written(image, tmp_path):
    """Then there is no image either."""
    done = image("--board", "pine64", "-o", "card.img", *DEBIAN, "--sbom", "none/card.spdx.json", code=1)
    assert "none/card.spdx.json" in done.stderr and "what to do: " in done.stderr
    assert not (tmp_path / "card.img").exists() and not list(tmp_path.glob("*.part"))
    for words in (["-o", "x", "--flash", "/dev/null"], ["-o", "x", "--board", "pine64", "--sbom", "./x"]):
        assert "--sbom" in image(*words, *([] if "--sbom" in words else ["--sbom", "y"]), code=2).stderr


# ---- what else is checked by the same rules --------------------------------------------------------

def broken(document, change):
    copy = json.loads(json.dumps(document))
    change(copy)
    return copy


@pytest.mark.parametrize("change", [
    lambda one: one.update(spdxVersion="SPDX-2.2"),
    lambda one: one["creationInfo"].update(created="2026-01-01"),
    lambda one: one["packages"][0].pop("downloadLocation"),
    lambda one: one["packages"][0].update(SPDXID="SPDXRef-a b"),
    lambda one: one["packages"][1].update(SPDXID=one["packages"][0]["SPDXID"]),
    lambda one: one["packages"][0].update(licenseDeclared="GPL 2"),
    lambda one: one["packages"][0]["checksums"][0].update(checksumValue="abc"),
    lambda one: one["relationships"].pop(0),
    lambda one: one["relationships"].pop(),
    lambda one: one["relationships"][0].update(relatedSpdxElement="SPDXRef-none"),
])
def test_the_rules_refuse(change, tmp_path):
    """That they are rules: of a document that is right, each change is seen."""
    sums = [{"algorithm": "SHA256", "checksumValue": "0" * 64}]
    common = {"downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
              "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", "checksums": sums}
    right = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "x",
             "documentNamespace": "https://example.org/x-" + "0" * 36,
             "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: x-1"]},
             "packages": [{"name": "a", "SPDXID": "SPDXRef-a", **common},
                          {"name": "b", "SPDXID": "SPDXRef-b", **common}],
             "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                                "relatedSpdxElement": "SPDXRef-a"},
                               {"spdxElementId": "SPDXRef-a", "relationshipType": "CONTAINS",
                                "relatedSpdxElement": "SPDXRef-b"}]}
    spdx_rules.check(right)
    with pytest.raises((AssertionError, KeyError)):
        spdx_rules.check(broken(right, change))
