#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Makes the table of public keys that CONFIG_STAGE_SIGNED builds into the stage.

usage: stage_keys.py KEYS OUT

KEYS is the device tree that mkimage -K wrote, or U-Boot's control tree: /signature/key-NAME
nodes, of which those count that are required of configurations. OUT is C.
"""
import struct
import sys

BEGIN, END, PROP, NOP, LAST = 1, 2, 3, 4, 9
SIZES = {2048, 3072, 4096}
MOST = 16  # TRUST_KEYS_MAX


class Refused(Exception):
    """What is wrong, and what to do about it."""


def text(value):
    return value[:-1].decode() if value[-1:] == b"\0" else None


def cell(value):
    return struct.unpack(">I", value)[0] if value and len(value) == 4 else None


def read(blob):
    """The tree as {path: {property: bytes}}, in the order of the file."""
    magic, total, structs, strings = struct.unpack_from(">4I", blob)
    if magic != 0xD00DFEED or total > len(blob):
        raise ValueError("no device tree")
    nodes, path, at = {}, [], structs
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN:
            end = blob.index(b"\0", at)
            path.append(blob[at:end].decode())
            nodes["/".join(path) or "/"] = {}
            at = end + 4 - end % 4
        elif token == END:
            path.pop()
        elif token == PROP:
            length, name = struct.unpack_from(">II", blob, at)
            end = blob.index(b"\0", strings + name)
            nodes["/".join(path) or "/"][blob[strings + name:end].decode()] = \
                blob[at + 8:at + 8 + length]
            at += 8 + length + -length % 4
        elif token == LAST:
            return nodes
        elif token != NOP:
            raise ValueError("an unknown token")


def rsa(name, node):
    """(algo, modulus, exponent)"""
    bits, modulus = cell(node.get("rsa,num-bits")), node.get("rsa,modulus", b"")
    exponent = node.get("rsa,exponent") or struct.pack(">Q", 65537)
    if bits not in SIZES or len(modulus) != bits // 8 or not modulus[0] & 0x80 or \
            not modulus[-1] & 1 or len(exponent) != 8 or not exponent[-1] & 1:
        raise Refused(f"{name}: not an RSA key with {', '.join(map(str, sorted(SIZES)))} bits",
                      "write the keys again: mkimage -F -k KEYS -K FILE -r FIT")
    return f"sha256,rsa{bits}", modulus, exponent


def ecdsa(name, node):
    x, y = node.get("ecdsa,x-point", b""), node.get("ecdsa,y-point", b"")
    if text(node["ecdsa,curve"]) != "prime256v1" or len(x) != 32 or len(y) != 32:
        raise Refused(f"{name}: an ECDSA key with a curve that is not prime256v1",
                      "make one: openssl ecparam -name prime256v1 -genkey")
    return "sha256,ecdsa256", x + y, bytes(8)


def key_of(path, node):
    """(name, algo, bytes, exponent) of a key that is required of configurations."""
    name = path.rpartition("/")[2].removeprefix("key-")
    algo, public, exponent = ecdsa(path, node) if "ecdsa,curve" in node else rsa(path, node)
    if "algo" in node and text(node["algo"]) != algo:
        raise Refused(f"{path}: algo {text(node['algo'])!r} is not supported by the stage",
                      "sign with sha256 and rsa2048, rsa3072, rsa4096 or ecdsa256")
    return name, algo, public, exponent


def required(nodes):
    """The keys, and whether one signature is enough."""
    keys = []
    for path, node in nodes.items():
        if not path.startswith("/signature/") or path.count("/") != 2 or "required" not in node:
            continue
        word = text(node["required"])
        if word != "conf":
            raise Refused(f"{path}: required = {word!r}, and the stage verifies configurations",
                          "sign configurations, not images: mkimage writes \"conf\" then")
        keys.append(key_of(path, node))
    if not keys:
        raise Refused("no key in /signature is required of configurations",
                      "give mkimage -r beside -K; or, where that does not write it: "
                      "fdtput -t s FILE /signature/KEY required conf")
    if len(keys) > MOST:
        raise Refused(f"{len(keys)} keys are required, and {MOST} are the most",
                      "take some out of the file")
    return keys, text(nodes["/signature"].get("required-mode", b"all\0")) == "any"


def quoted(word):
    if not word.isascii() or not word.isprintable() or '"' in word or "\\" in word:
        raise Refused(f"/signature: a key has the name {word!r}", "give it a plain name")
    return f'"{word}"'


def array(data):
    return ", ".join(map(str, data))


def table(keys, one_is_enough):
    lines = ['#include "shim/stage/signed/keys.h"', ""]
    for number, (_, _, public, _) in enumerate(keys):
        lines.append(f"static const uint8_t public{number}[] = {{ {array(public)} }};")
    lines += ["", "static const struct trust_key key[] = {"]
    for number, (name, algo, public, exponent) in enumerate(keys):
        lines.append(f"    {{ {quoted(name)}, {quoted(algo)}, public{number}, {len(public)}, "
                     f"{str('rsa' in algo).lower()}, {{ {array(exponent)} }} }},")
    return "\n".join([*lines, "};", "", "const struct trust_keys trust_keys = "
                      f"{{ key, {len(keys)}, {str(one_is_enough).lower()} }};", ""])


def main(keys_path, out_path):
    if not keys_path:
        raise Refused("no file of keys is given", "set it to the file that mkimage -K wrote, in make menuconfig")
    try:
        with open(keys_path, "rb") as file:
            nodes = read(file.read())
    except OSError as error:
        raise Refused(f"{keys_path}: {error.strerror}",
                      "make it with mkimage -K; a relative path starts at the folder of "
                      "dtshim's source") from None
    except (ValueError, IndexError, struct.error):
        raise Refused(f"{keys_path}: is not a device tree", "give the file that mkimage -K wrote") from None
    try:
        made = table(*required(nodes))
    except Refused as refused:
        raise Refused(f"{keys_path}: {refused.args[0]}", refused.args[1]) from None
    with open(out_path, "w", encoding="ascii") as out:
        out.write("/* Made by scripts/stage_keys.py. */\n" + made)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Refused as refused:
        sys.exit(f"dtshim: CONFIG_STAGE_KEYS: {refused.args[0]}\n  what to do: {refused.args[1]}")
