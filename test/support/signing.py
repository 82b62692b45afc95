# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Keys, FITs that mkimage signs with them, and what an attacker may do to their bytes."""
import struct
import subprocess

import pytest

from places import MBEDTLS, ROOT, SANITIZED

BEGIN, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
ITS = ROOT / "board/qemu_arm64/payload-signed.its"
DATA = {"xen": b"xen" * 30, "Image": b"Image" * 40, "initrd": b"initrd" * 20}
LIBRARY = ["library/rsa", "library/rsa_alt_helpers", "library/bignum", "library/bignum_core",
           "library/constant_time", "library/platform_util", "library/oid", "library/md",
           "3rdparty/p256-m/p256-m/p256-m"]
STAGE = [ROOT / f"shim/stage/{name}.c" for name in (
    "fit", "hash", "signed/crypto", "signed/message", "signed/signature", "signed/tree")]


def need_mbedtls():
    if (MBEDTLS / "skipped").exists():
        pytest.skip((MBEDTLS / "skipped").read_text().strip())
    if not (MBEDTLS / "version").exists():
        pytest.skip("Mbed TLS was not fetched: make check does that")


# ---- keys ---------------------------------------------------------------------------------------


def run(*command, **options):
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True, **options)


def make_rsa_key(folder, name, bits=2048):
    run("openssl", "genrsa", "-out", folder / f"{name}.key", bits)
    run("openssl", "req", "-batch", "-new", "-x509", "-key", folder / f"{name}.key",
        "-out", folder / f"{name}.crt")


def make_ecdsa_key(folder, name):
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / f"{name}.pem")


def require_ecdsa(control, name):
    """mkimage up to 2023.01 leaves this out."""
    listed = run("fdtget", "-l", control, "/signature").stdout.split()
    node = name if name in listed else f"key-{name}"
    run("fdtput", "-t", "s", control, f"/signature/{node}", "required", "conf")


def bare_control(path):
    """What mkimage -K writes to; older ones do not make /signature for ECDSA."""
    run("dtc", "-I", "dts", "-O", "dtb", "-p", "8000", "-o", path, "-",
        input="/dts-v1/; / { signature { }; };")
    return path


# ---- FITs ---------------------------------------------------------------------------------------


def write_data(folder):
    for name, data in DATA.items():
        (folder / name).write_bytes(data)


def sign(folder, name, keys, control, changes=(), flags=()):
    """The project's example, with changes of its text, signed as its users are told to."""
    text = ITS.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (folder / f"{name}.its").write_text(text)
    command = ["mkimage", "-f", folder / f"{name}.its", *flags]
    if keys:
        command += ["-k", keys, "-K", control, "-r"]
    run(*command, folder / f"{name}.itb", cwd=folder)
    return folder / f"{name}.itb"


# ---- the verifier -------------------------------------------------------------------------------

FLAGS = ["-g", "-O1", "-ffunction-sections", "-fdata-sections", "-I", ROOT, "-I", ROOT / "include",
         *(f"-I{MBEDTLS}/{name}" for name in ("include", "library", "3rdparty/p256-m/p256-m")),
         '-DMBEDTLS_CONFIG_FILE="shim/stage/signed/mbedtls_config.h"', "-DSTAGE_SIGNED"]
OURS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wshadow"]


def compile_verifier(folder):
    """Objects of everything but the keys."""
    run("cc", *FLAGS, "-w", "-c", *(MBEDTLS / f"{name}.c" for name in LIBRARY), cwd=folder)
    run("cc", *FLAGS, *OURS, "-c", ROOT / "test/trust/verify.c", *STAGE, cwd=folder)
    return sorted(folder.glob("*.o"))


def compile_reader(out):
    """The same of a stage that starts what nobody has signed."""
    run("cc", "-g", "-O1", "-I", ROOT, "-I", ROOT / "include", *OURS, ROOT / "test/trust/verify.c",
        *(ROOT / f"shim/stage/{name}.c" for name in ("fit", "hash")), SANITIZED / "libdtshim.a", "-o", out)
    return out


def link_verifier(objects, control, out):
    """One for the keys of a control tree."""
    run(ROOT / "scripts/stage_keys.py", control, f"{out}.c")
    run("cc", *FLAGS, *OURS, f"{out}.c", *objects, SANITIZED / "libdtshim.a", "-Wl,--gc-sections",
        "-o", out)
    return out


def verify(verifier, *files):
    """What it says of each."""
    done = subprocess.run([verifier, *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line.split(": ", 1)[1] for line in done.stdout.splitlines()]
    return said[0] if len(said) == 1 else said


# ---- the bytes of a FIT ---------------------------------------------------------------------------


def padded(value):
    return value + bytes(-len(value) % 4)


class Fit:
    """A FIT as tokens, its strings as they are: what is not changed keeps its bytes."""

    def __init__(self, blob):
        self.header = list(struct.unpack_from(">10I", blob))
        structs, strings = self.header[2], self.header[3]
        self.reserve = blob[self.header[4]:structs]
        self.strings = blob[strings:strings + self.header[8]]
        self.padding = blob[strings + self.header[8]:self.header[1]]
        self.behind = blob[self.header[1]:]
        self.tokens, at = [], structs
        while not self.tokens or self.tokens[-1][:4] != struct.pack(">I", END):
            size = self.size_of(blob, at)
            self.tokens.append(blob[at:at + size])
            at += size

    @staticmethod
    def size_of(blob, at):
        token, length = struct.unpack_from(">II", blob + bytes(8), at)
        if token == BEGIN:
            return 4 + len(padded(blob[at + 4:blob.index(b"\0", at + 4)] + b"\0"))
        return 12 + length + -length % 4 if token == PROP else 4

    def bytes(self):
        structs = b"".join(self.tokens)
        at = 40 + len(self.reserve)
        end = at + len(structs) + len(self.strings) + len(self.padding)
        header = [self.header[0], end, at, at + len(structs), 40, *self.header[5:8],
                  len(self.strings), len(structs)]
        body = struct.pack(">10I", *header) + self.reserve + structs + self.strings + self.padding
        if self.behind:  # data-offset counts from the padded end
            body = padded(body)
            body = body[:4] + struct.pack(">I", len(body)) + body[8:]
        return body + self.behind

    def kind(self, token):
        return struct.unpack_from(">I", self.tokens[token])[0]

    def name(self, token):
        """Of a node or a property."""
        if self.kind(token) == BEGIN:
            return self.tokens[token][4:].rstrip(b"\0").decode()
        at = struct.unpack_from(">I", self.tokens[token], 8)[0]
        return self.strings[at:self.strings.index(b"\0", at)].decode()

    def node(self, path):
        """The tokens of a node: [first, behind)."""
        open_nodes, first = [], None
        for token in range(len(self.tokens)):
            if self.kind(token) == BEGIN:
                open_nodes.append(self.name(token))
                if first is None and "/".join(open_nodes) == path:
                    first, depth = token, len(open_nodes)
            elif self.kind(token) == END_NODE:
                if first is not None and len(open_nodes) == depth:
                    return first, token + 1
                open_nodes.pop()
        raise KeyError(path)

    def prop(self, path, name):
        first, behind = self.node(path)
        return next(token for token in range(first, behind)
                    if self.kind(token) == PROP and self.name(token) == name)

    def copy(self, path):
        first, behind = self.node(path)
        return self.tokens[first:behind]

    def insert(self, at, tokens):
        self.tokens[at:at] = tokens

    def remove(self, path):
        first, behind = self.node(path)
        del self.tokens[first:behind]

    def rename(self, path, name):
        self.tokens[self.node(path)[0]] = node_token(name)

    def value(self, path, name):
        token = self.tokens[self.prop(path, name)]
        return token[12:12 + struct.unpack_from(">I", token, 4)[0]]

    def set(self, path, name, value):
        self.tokens[self.prop(path, name)] = self.prop_token(name, value)

    def add(self, path, name, value):
        """A property in front of the others."""
        self.insert(self.node(path)[0] + 1, [self.prop_token(name, value)])

    def prop_token(self, name, value):
        value = value.encode() + b"\0" if isinstance(value, str) else value
        return struct.pack(">3I", PROP, len(value), self.string(name)) + padded(value)

    def string(self, name):
        """Behind all strings that there are, if it is not among them."""
        word = name.encode() + b"\0"
        at = (b"\0" + self.strings).find(b"\0" + word)
        if at < 0:
            at = len(self.strings)
            self.strings += word
        return at

    def spans(self, path, *names):
        """Where the bytes of these properties are, all of a node's without names."""
        first, behind = self.node(path)
        at = self.header[2]
        found = []
        for token, data in enumerate(self.tokens):
            if first <= token < behind and self.kind(token) == PROP and \
                    (not names or self.name(token) in names):
                found.append(range(at, at + len(data)))
            at += len(data)
        return found


def node_token(name):
    return struct.pack(">I", BEGIN) + padded(name.encode() + b"\0")


END_TOKEN = struct.pack(">I", END_NODE)


def fit_check_sign(uboot):
    """U-Boot's own judge, of the project's build of U-Boot; None where that was not built."""
    path = uboot / "sandbox/u-boot/tools/fit_check_sign"
    return path if path.exists() else None
