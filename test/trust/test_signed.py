# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Signed payloads: the machine's mkimage makes and signs them, the stage's verifier judges.

Each forgery is one that leaves every hash of the FIT right, or is told apart by its words.
"""
import hashlib
import re
import shutil
import struct

import pytest

import signing
from places import UBOOT
from signing import DATA, END_TOKEN, Fit, node_token

pytestmark = pytest.mark.slow  # the verifier is compiled, and keys are made
SIGNED = "dtshim: the payload is signed:"
CHANGED = "this signature is from another key, or something was changed after it was made"
BOOT = "/configurations/boot"
SIGNATURE = f"{BOOT}/signature-1"


def make(signed, name, changes=(), keys=True, flags=(), control=None):
    return signing.sign(signed.folder, name, signed.keys if keys else None,
                        control or shutil.copy(signed.control, signed.folder / f"{name}.dtb"),
                        changes, flags)


# ---- what starts --------------------------------------------------------------------------------


def parts(said):
    """The parts as (kind, offset, bytes)."""
    return [tuple(map(int, found)) for found in re.findall(r"part (\d) at (\d+), (\d+) bytes", said)]


def test_the_example(signed, judge):
    said = judge(signed.blob)
    assert said.endswith(f"{SIGNED} key dev (sha256,rsa2048)")
    assert [signed.blob[at:at + size] for _, at, size in parts(said)] == list(DATA.values())


@pytest.mark.parametrize("flags", [("-E",), ("-E", "-p", "0x4000"), ("-E", "-B", "0x1000")])
def test_data_behind_the_tree(signed, judge, flags):
    blob = make(signed, "behind", flags=flags).read_bytes()
    said = judge(blob)
    assert SIGNED in said
    assert [blob[at:at + size] for _, at, size in parts(said)] == list(DATA.values())


@pytest.mark.slow
@pytest.mark.parametrize("bits", [3072, 4096])
def test_longer_rsa_keys(signed, verifier_objects, judge, tmp_path, bits):
    signing.make_rsa_key(signed.keys, f"rsa{bits}", bits)
    control = signing.bare_control(tmp_path / "control.dtb")
    blob = make(signed, f"rsa{bits}", [("rsa2048", f"rsa{bits}"), ('"dev"', f'"rsa{bits}"')],
                control=control).read_bytes()
    verifier = signing.link_verifier(verifier_objects, control, tmp_path / "verify")
    assert judge(blob, verifier=verifier).endswith(f"key rsa{bits} (sha256,rsa{bits})")
    assert "has another algo: sha256,rsa2048" in judge(signed.blob, verifier=verifier)


@pytest.fixture(scope="module")
def ecdsa(signed, verifier_objects, tmp_path_factory):
    """(FIT, verifier) of an ECDSA key."""
    folder = tmp_path_factory.mktemp("ecdsa")
    signing.make_ecdsa_key(signed.keys, "curve")
    control = signing.bare_control(folder / "control.dtb")
    fit = make(signed, "ecdsa", [("rsa2048", "ecdsa256"), ('"dev"', '"curve"')], control=control)
    signing.require_ecdsa(control, "curve")
    return fit.read_bytes(), signing.link_verifier(verifier_objects, control, folder / "verify")


def test_ecdsa(signed, judge, ecdsa):
    blob, verifier = ecdsa
    said = judge(blob, verifier=verifier)
    assert said.endswith(f"{SIGNED} key curve (sha256,ecdsa256)") and len(parts(said)) == 3
    value = Fit(blob).value(SIGNATURE, "value")
    forged = []
    for wrong in (bytes(64), value[:32] + bytes(32), bytes(32) + value[32:], b"\xff" * 64,
                  value[32:] + value[:32], value[:63] + bytes([value[63] ^ 1])):
        forged.append(Fit(blob))
        forged[-1].set(SIGNATURE, "value", wrong)
    assert all(CHANGED in said for said in judge(*forged, verifier=verifier))
    short = Fit(blob)
    short.set(SIGNATURE, "value", value[:63])
    assert "of the wrong length" in judge(short, verifier=verifier)
    assert "has another algo: sha256,rsa2048" in judge(signed.blob, verifier=verifier)


# ---- who has to sign -----------------------------------------------------------------------------


TWO = ('''			signature-1 {
				algo = "sha256,rsa2048";
				key-name-hint = "dev";
				sign-images = "firmware", "kernel", "ramdisk";
			};''', '''			signature-1 {
				algo = "sha256,rsa2048";
				key-name-hint = "dev";
				sign-images = "firmware", "kernel", "ramdisk";
			};
			signature-2 {
				algo = "sha256,rsa2048";
				key-name-hint = "other";
				sign-images = "firmware", "kernel", "ramdisk";
			};''')


@pytest.fixture(scope="module")
def two_keys(signed, verifier_objects, tmp_path_factory):
    """The FIT that both keys have signed, and verifiers that ask for all of them, or any."""
    folder = tmp_path_factory.mktemp("two")
    control = signing.bare_control(folder / "control.dtb")
    fit = make(signed, "both", [TWO], control=control).read_bytes()
    every = signing.link_verifier(verifier_objects, control, folder / "all")
    signing.run("fdtput", "-t", "s", control, "/signature", "required-mode", "any")
    return fit, every, signing.link_verifier(verifier_objects, control, folder / "any")


def test_all_keys_or_any(signed, judge, two_keys):
    both, every, some = two_keys
    assert re.search(rf"{SIGNED} key \w+ .* key \w+", judge(both, verifier=every))
    assert re.search(rf"{SIGNED} key \w+ \(sha256,rsa2048\)$", judge(both, verifier=some))
    other = make(signed, "one", [('"dev"', '"other"')]).read_bytes()
    for one, missing in ((signed.blob, "other"), (other, "dev")):
        assert f"not signed with key '{missing}'" in judge(one, verifier=every)
        assert SIGNED in judge(one, verifier=some)
    spoilt = Fit(signed.blob)
    spoilt.set(SIGNATURE, "value", bytes(256))
    assert "refused: [payload]" in judge(spoilt, verifier=some)


def test_another_key(signed, judge):
    """The hint is the right key's, and so is the name of the file."""
    keys = signed.folder / "impostor"
    keys.mkdir(exist_ok=True)
    for end in ("key", "crt"):
        shutil.copy(signed.keys / f"other.{end}", keys / f"dev.{end}")
    fit = signing.sign(signed.folder, "impostor", keys, signing.bare_control(signed.folder / "i.dtb"))
    assert f"not signed with key 'dev' (sha256,rsa2048): {CHANGED}" in judge(fit.read_bytes())


def test_nobody(signed, judge):
    said = judge(make(signed, "nobody", keys=False).read_bytes())
    assert "this signature has no value" in said and "mkimage -F -k KEYS -r" in said
    bare = [(signing.ITS.read_text()[signing.ITS.read_text().index("\t\t\tsignature-1 {"):], "\t\t};\n\t};\n};\n")]
    said = judge(make(signed, "bare", bare, keys=False).read_bytes())
    assert f"{BOOT} : payload FIT: not signed with key 'dev' (sha256,rsa2048): there is no signature" in said


@pytest.mark.parametrize("changes, says", [
    ([("sha256,rsa2048", "sha1,rsa2048")], "has another algo: sha1,rsa2048"),
    ([("sha256,rsa2048", "sha512,rsa2048")], "has another algo: sha512,rsa2048"),
    ([('key-name-hint = "dev";', 'key-name-hint = "dev"; padding = "pss";')], "padding is not pkcs-1.5"),
], ids=["sha1", "sha512", "pss"])
def test_other_ways_to_sign(signed, judge, changes, says):
    assert says in judge(make(signed, "way", changes).read_bytes())


# ---- what is covered -------------------------------------------------------------------------------


def test_crc32_is_no_hash_here(signed, judge):
    weak = [('data = /incbin/("Image");\n', 'data = /incbin/("Image"); '),
            ('entry = <0>;\n\t\t\thash-1 {\n\t\t\t\talgo = "sha256";', 'entry = <0>;\n\t\t\thash-1 {\n\t\t\t\talgo = "crc32";')]
    said = judge(make(signed, "weak", weak).read_bytes())
    assert "/images/linux" in said and "has no sha256, and crc32 alone" in said
    both = [(weak[1][0], weak[1][0].replace("hash-1 {", 'hash-2 { algo = "crc32"; };\n\t\t\thash-1 {'))]
    assert SIGNED in judge(make(signed, "both-hashes", both).read_bytes())


@pytest.mark.parametrize("listed", ['"kernel"', '"firmware", "kernel"', '"kernel", "ramdisk"', None])
def test_an_image_that_the_signer_left_out(signed, judge, listed):
    """mkimage's own choice is the kernel and the tree: that is not all that starts."""
    line = 'sign-images = "firmware", "kernel", "ramdisk";'
    blob = make(signed, "left", [(line, f"sign-images = {listed};" if listed else "")]).read_bytes()
    assert CHANGED in judge(blob)


def test_an_image_that_another_property_names(signed, judge):
    """The stage does not read it, U-Boot might."""
    more = [('ramdisk = "ramdisk";', 'ramdisk = "ramdisk"; loadables = "more";'),
            ("\t\tramdisk {", '\t\tmore { description = "more"; data = [01 02]; type = "firmware"; '
             'arch = "arm64"; compression = "none"; hash-1 { algo = "sha256"; }; };\n\t\tramdisk {')]
    assert CHANGED in judge(make(signed, "more", more).read_bytes())
    covered = [*more, ('"kernel", "ramdisk";', '"kernel", "ramdisk", "loadables";')]
    assert SIGNED in judge(make(signed, "covered", covered).read_bytes())


@pytest.mark.parametrize("name", ["firmware", "kernel", "ramdisk", "algo", "value", "type"])
def test_a_changed_name_of_a_property(signed, judge, name):
    blob = bytearray(signed.blob)
    strings = Fit(signed.blob).header[3]
    at = blob.index(b"\0" + name.encode() + b"\0", strings - 1) + 1
    blob[at] ^= 1
    assert "refused: [payload]" in judge(blob)


def test_what_any_byte_does(signed, tmp_path):
    """Each byte of the FIT, in two ways: refused, or the very same parts. And where it is not refused."""
    said = signing.run(signed.verifier, "-f", signed.fit).stdout
    assert "OTHER" not in said and "refused" not in said
    free = {int(found) for found in re.findall(r"same (\d+)", said)}
    assert len(free) > 200
    fit = Fit(signed.blob)
    spans = [range(12), range(16, 32), range(32, fit.header[2])]  # the header, reserved memory
    spans += fit.spans(SIGNATURE)
    hashed = struct.unpack(">II", fit.value(SIGNATURE, "hashed-strings"))[1]
    spans.append(range(fit.header[3] + hashed, fit.header[1]))
    # What fills a value up to four bytes is no data.
    for image in ("xen", "linux", "ramdisk"):
        span = fit.spans(f"/images/{image}", "data")[0]
        spans.append(span[12 + len(fit.value(f"/images/{image}", "data")):])
    # Which configuration is the default: each that is signed may be.
    spans += fit.spans("/configurations", "default")
    places = [at for span in spans for at in span]
    assert free - set(places) == set()
    for name in ("algo", "value", "hashed-strings"):
        at = fit.spans(SIGNATURE, name)[0].start + 12
        assert not free & set(range(at, at + len(fit.value(SIGNATURE, name)))), name


# ---- forgeries: every hash is right ------------------------------------------------------------


EVIL = b"an evil kernel"


def with_hash(fit, image, data):
    """The image with other data, and the hash of that."""
    fit.set(image, "data", data)
    fit.set(f"{image}/hash-1", "value", hashlib.sha256(data).digest())


def other_data(fit):
    with_hash(fit, "/images/linux", EVIL)


def no_signature(fit):
    fit.remove(SIGNATURE)


def stripped_and_renamed(fit):
    fit.rename(SIGNATURE, "gone-1")


def swapped_names(fit):
    fit.rename("/images/linux", "third")
    fit.rename("/images/ramdisk", "linux")
    fit.rename("/images/third", "ramdisk")


def swapped_references(fit):
    fit.set(BOOT, "kernel", "ramdisk")
    fit.set(BOOT, "ramdisk", "linux")


def evil_images(fit, name="evil"):
    """Another kernel beside those that are signed."""
    tokens = fit.copy("/images/linux")
    fit.insert(fit.node("/images/linux")[0], tokens)
    fit.rename("/images/linux", name)
    with_hash(fit, f"/images/{name}", EVIL)


def another_configuration(fit):
    """Signed images, but one, in a configuration that brings the signature along."""
    evil_images(fit)
    fit.insert(fit.node(BOOT)[1], fit.copy(BOOT))
    first = fit.node(BOOT)[0]
    fit.rename(BOOT, "mixed")
    assert fit.node("/configurations/mixed")[0] == first
    fit.set("/configurations/mixed", "kernel", "evil")
    fit.set("/configurations", "default", "mixed")


def signed_images_alone(fit):
    """All images are signed ones, and no configuration says so."""
    fit.insert(fit.node(BOOT)[1], [node_token("bare"), fit.prop_token("firmware", "xen"),
                                   fit.prop_token("kernel", "ramdisk"), END_TOKEN])
    fit.set("/configurations", "default", "bare")


def clone(fit):
    """hashed-nodes lists a copy of the images (CVE-2026-46728)."""
    images = fit.copy("/images")
    other_data(fit)
    fit.insert(fit.node("/images")[1] - 1, images)
    nodes = fit.value(SIGNATURE, "hashed-nodes").replace(b"/images/", b"/images/images/")
    fit.set(SIGNATURE, "hashed-nodes", nodes)


def second_images(fit):
    images = fit.copy("/images")
    other_data(fit)
    fit.insert(fit.node("/images")[1], images)


def first_images(fit):
    images = fit.copy("/images")
    fit.insert(fit.node("/images")[1], images)
    other_data(fit)


def twin_image(fit):
    evil_images(fit, "linux")


def unit_address(fit):
    evil_images(fit, "linux@1")


def at_below(fit):
    """Where the signature does not reach."""
    fit.insert(fit.node("/images")[1], [node_token("other"), node_token("name@1"), END_TOKEN, END_TOKEN])


def second_signature(fit):
    fit.insert(fit.node(SIGNATURE)[1], fit.copy(SIGNATURE))
    fit.rename(SIGNATURE, "signature-0")


def second_hash(fit):
    """A hash that agrees beside one that does not count: all are signed, and all must agree."""
    fit.insert(fit.node("/images/linux/hash-1")[0],
               [node_token("hash-0"), fit.prop_token("algo", "sha256"),
                fit.prop_token("value", hashlib.sha256(EVIL).digest()), END_TOKEN])
    fit.set("/images/linux", "data", EVIL)


def renamed_hash(fit):
    fit.rename("/images/linux/hash-1", "digest")
    fit.set("/images/linux", "data", EVIL)


def cipher(fit):
    fit.insert(fit.node("/images/linux")[1] - 1, [node_token("cipher"), END_TOKEN])


def data_elsewhere(fit):
    """The data that is signed stays where it was, and is not what would start."""
    token = fit.prop("/images/linux", "data")
    fit.tokens[token:token + 1] = [fit.prop_token("data-offset", bytes(4)),
                                   fit.prop_token("data-size", struct.pack(">I", len(EVIL)))]
    fit.behind = EVIL


def shorter_strings(fit):
    fit.set(SIGNATURE, "hashed-strings", struct.pack(">II", 0, 20))


def longer_strings(fit):
    fit.set(SIGNATURE, "hashed-strings", struct.pack(">II", 0, 1 << 20))


def no_strings(fit):
    del fit.tokens[fit.prop(SIGNATURE, "hashed-strings")]


def moved_strings(fit):
    """Names in a block of the attacker's, behind the one that is signed."""
    fit.strings = fit.strings.replace(b"kernel\0", b"kerne1\0") + fit.strings
    fit.set(SIGNATURE, "hashed-strings", struct.pack(">II", len(fit.strings) // 2, len(fit.strings) // 2))


def other_description(fit):
    fit.set(BOOT, "description", "Xen with dom1")


def other_root(fit):
    fit.set("", "description", "something else")


def one_more_property(fit):
    fit.add(BOOT, "loadables", "xen")


def many_nodes(fit):
    fit.insert(fit.node("/images")[1] - 1,
               [token for number in range(130) for token in (node_token(f"n{number}"), END_TOKEN)])


FORGERIES = [
    (other_data, CHANGED), (no_signature, "there is no signature"),
    (stripped_and_renamed, "there is no signature"), (swapped_names, CHANGED),
    (swapped_references, CHANGED), (another_configuration, CHANGED),
    (signed_images_alone, "there is no signature"), (clone, CHANGED),
    (second_images, "two nodes have this name"), (first_images, "two nodes have this name"),
    (twin_image, "two nodes have this name"), (unit_address, "may have '@'"),
    (at_below, "may have '@'"), (second_signature, CHANGED), (second_hash, CHANGED),
    (renamed_hash, "has no hash"), (cipher, "is encrypted"),
    (data_elsewhere, "sha256 differs"), (shorter_strings, CHANGED),
    (longer_strings, "hashed-strings does not fit"), (no_strings, "hashed-strings does not fit"),
    (moved_strings, "hashed-strings does not fit"), (other_description, CHANGED),
    (other_root, CHANGED), (one_more_property, CHANGED), (many_nodes, "more nodes than"),
]


@pytest.fixture(scope="module")
def forged(signed):
    """{name: Fit}; of each the judges of U-Boot may want to see a file."""
    made = {}
    for forge, _ in FORGERIES:
        made[forge.__name__] = Fit(signed.blob)
        forge(made[forge.__name__])
    return made


@pytest.mark.parametrize("forge, says", FORGERIES, ids=[forge.__name__ for forge, _ in FORGERIES])
def test_forgery(forged, judge, forge, says):
    said = judge(forged[forge.__name__])
    assert said.startswith("refused: [payload] /") and says in said


def test_unsigned_stages_take_what_signed_ones_refuse(signed, judge):
    """Control: the FIT is put together again as it was, and what is not covered may be added."""
    assert Fit(signed.blob).bytes() == signed.blob
    free = Fit(signed.blob)
    evil_images(free)
    free.set(SIGNATURE, "hashed-nodes", b"/nothing\0")
    free.set(SIGNATURE, "key-name-hint", "nobody")
    free.add("/images", "note", "nobody has signed this")
    said = judge(free)
    assert SIGNED in said
    assert [free.bytes()[at:at + size] for _, at, size in parts(said)] == list(DATA.values())


def test_each_configuration_that_is_signed_may_be_the_default(signed, judge):
    """Which one is, nobody signs: doc/guide/trust.rst says so."""
    text = signing.ITS.read_text()
    boot = text[text.index("\t\tboot {"):text.rindex("\t};\n};")]
    blob = make(signed, "many", [(boot, boot + boot.replace("boot {", "old {").replace(
        'ramdisk = "ramdisk";\n', "").replace(', "ramdisk";', ";"))]).read_bytes()
    assert len(parts(judge(blob))) == 3
    other = Fit(blob)
    other.set("/configurations", "default", "old")
    assert SIGNED in judge(other) and len(parts(judge(other))) == 2


@pytest.mark.parametrize("value", [b"boot", b"", b"boot\0boot\0"], ids=["no NUL", "empty", "two"])
def test_a_default_that_is_no_string(signed, judge, value):
    """The first one is not started in its place, though it is signed."""
    fit = Fit(signed.blob)
    fit.set("/configurations", "default", value)
    assert judge(fit).startswith("refused: [payload] /configurations default: payload FIT: is not one string")


@pytest.mark.parametrize("name, says", [
    ("algo", "has another algo: it is not one string"), ("padding", "padding is not pkcs-1.5"),
    ("hashed-strings", "hashed-strings does not fit"), ("value", "of the wrong length")])
def test_what_is_malformed_in_a_signature(signed, judge, name, says):
    fit = Fit(signed.blob)
    if name == "padding":
        fit.add(SIGNATURE, name, b"pkcs-1.5")
    else:
        fit.set(SIGNATURE, name, fit.value(SIGNATURE, name)[:-1])
    assert f"{SIGNATURE} : payload FIT: not signed" in judge(fit) and says in judge(fit)


def test_a_signature_of_another_fit(signed, judge):
    """Both are of the right key, and what each names is signed: together they are not."""
    other = make(signed, "other-line", [("dom0's kernel", "another kernel")]).read_bytes()
    assert SIGNED in judge(other)
    mixed = Fit(signed.blob)
    mixed.set(SIGNATURE, "value", Fit(other).value(SIGNATURE, "value"))
    assert CHANGED in judge(mixed)


# ---- U-Boot as the judge of the same files ----------------------------------------------------------


def test_u_boot_judges_them_too(signed, forged, judge, tmp_path):
    """What starts here starts there; what it refuses is refused here."""
    tool = signing.fit_check_sign(UBOOT)
    if not tool:
        pytest.skip("U-Boot was not built: make uboot")

    def accepts(blob):
        (tmp_path / "u.itb").write_bytes(blob)
        done = signing.subprocess.run([tool, "-f", tmp_path / "u.itb", "-k", signed.control],
                                      capture_output=True, text=True)
        return done.returncode == 0 and "Signature check OK" in done.stderr
    assert accepts(signed.blob)
    behind = make(signed, "for-u-boot", flags=("-E",)).read_bytes()
    assert accepts(behind) and SIGNED in judge(behind)
    taken = {name for name, fit in forged.items() if accepts(fit.bytes())}
    refused = set(forged) - taken
    assert {"other_data", "no_signature", "swapped_references", "another_configuration", "clone",
            "signed_images_alone", "other_description"} <= refused
    assert all("refused" in said for said in judge(*forged.values()))
