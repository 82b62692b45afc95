# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Keys for the fuzz target `signed`, and FITs that they have signed.

usage: sign_seeds.py OUT; makes OUT/control.dtb, OUT/seeds and, of no use to anyone else, the keys
"""
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import seeds  # noqa: E402
import signing  # noqa: E402


def other_configuration():
    """A second one, without a ramdisk, which is the default."""
    text = signing.ITS.read_text()
    boot = text[text.index("\t\tboot {"):text.rindex("\t};\n};")]
    bare = boot.replace("boot {", "bare {").replace('ramdisk = "ramdisk";\n', "").replace(', "ramdisk";', ";")
    return [(boot, boot + bare), ('default = "boot"', 'default = "bare"')]


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    (out / "keys").mkdir(parents=True)
    signing.make_rsa_key(out / "keys", "dev")
    signing.make_ecdsa_key(out / "keys", "curve")
    signing.write_data(out)
    control = signing.bare_control(out / "control.dtb")
    curve = [("rsa2048", "ecdsa256"), ('"dev"', '"curve"')]
    for name, changes, flags in (("rsa", [], ()), ("rsa-behind", [], ("-E",)), ("ecdsa", curve, ()),
                                 ("ecdsa-behind", curve, ("-E", "-p", "0x2000")),
                                 ("two", other_configuration(), ())):
        # Debian 12's mkimage does not write an ECDSA key that is there.
        where = signing.bare_control(out / "other.dtb") if flags else control
        fit = signing.sign(out, name, out / "keys", where, changes, flags)
        seeds.write(out / "seeds", name, seeds.chosen({}) + fit.read_bytes())
        if not flags:  # what was signed, with other data: its hash alone says so
            seeds.write(out / "seeds", f"{name}-changed", seeds.chosen({}) +
                        fit.read_bytes().replace(b"xenxen", b"Xenxen", 1))
        if name == "ecdsa":
            signing.require_ecdsa(control, "curve")
    signing.run("fdtput", "-t", "s", control, "/signature", "required-mode", "any")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
