# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What is fetched from Debian, whatever release the machine is of, and what is not fetched twice.

apt is the machine's own; the Debian is test/support/debian_mirror.py. The machine's sources are given.
"""
import hashlib
import lzma
import os
import pathlib
import signal
import subprocess

import pytest

import debian_mirror
from patience import patience, until
from places import ROOT

KERNEL = os.urandom(3 << 20)
MODULE = b"a module"


@pytest.fixture
def mirror(tmp_path):
    made = debian_mirror.Mirror(tmp_path / "mirror")
    made.folder.mkdir()
    yield made
    made.close()


def guests(mirror, xen, linux, there):
    """The packages of one release; `there` is where it has what has moved since."""
    modules = f"{there}lib/modules/{linux}-arm64/virtio_blk.ko"
    packed = {f"{modules}.xz": lzma.compress(MODULE)} if there else {modules: MODULE}
    return [
        mirror.package("u-boot-qemu", xen + "1", {"usr/lib/u-boot/qemu_arm64/u-boot.bin": b"u-boot"},
                       arch="all"),
        mirror.package(f"xen-hypervisor-{xen}-arm64", xen + ".1", {f"boot/xen-{xen}-arm64": b"xen"}),
        mirror.package("linux-image-arm64", linux, depends=f"linux-image-{linux}-arm64 (= {linux})"),
        mirror.package(f"linux-image-{linux}-arm64", linux,
                       {f"boot/vmlinuz-{linux}-arm64": KERNEL, **packed}),
        mirror.package("busybox-static", xen, {f"{there}bin/busybox": xen.encode()}),
    ]


def guests32(mirror, xen, linux):
    """The same for armhf, of which Debian has a Xen in 12 alone."""
    found = [mirror.package("u-boot-qemu", "1", {"usr/lib/u-boot/qemu_arm/u-boot.bin": b"u-boot 32"},
                            arch="all"),
             mirror.package("busybox-static", xen, {"bin/busybox": b"busybox 32"}, arch="armhf"),
             mirror.package(f"xen-hypervisor-{xen}-armhf", xen + ".1", {f"boot/xen-{xen}-armhf": b"xen 32"},
                            arch="armhf")]
    for flavour in ("armmp", "armmp-lpae"):
        full = f"{linux}-{flavour}"
        files = {f"boot/vmlinuz-{full}": flavour.encode(), f"lib/modules/{full}/virtio_blk.ko": full.encode()}
        found += [mirror.package(f"linux-image-{flavour}", linux, depends=f"linux-image-{full}", arch="armhf"),
                  mirror.package(f"linux-image-{full}", linux, files, arch="armhf")]
    return found


@pytest.fixture
def both(mirror):
    mirror.suite("bookworm", guests(mirror, "4.17", "6.1.0-9", ""))
    mirror.suite("trixie", guests(mirror, "4.20", "6.12.3+deb13", "usr/"))
    return mirror


@pytest.fixture
def machine(tmp_path):
    """The environment of a machine with these sources, and with this cache."""
    def make(text, form="list", cache="cache"):
        etc = tmp_path / "etc"
        (etc / "parts").mkdir(parents=True, exist_ok=True)
        (etc / f"parts/debian.{form}").write_text(text)
        (etc / "apt.conf").write_text(f'Dir::Etc::sourcelist "{etc}/none";\n'
                                      f'Dir::Etc::sourceparts "{etc}/parts";\n')
        return {**os.environ, "APT_CONFIG": str(etc / "apt.conf"),
                "DTSHIM_CACHE": str(tmp_path / cache)}
    return make


def start(script, *arguments, **more):
    return subprocess.Popen([ROOT / "scripts" / script, *map(str, arguments)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            start_new_session=True, **more)


def finish(running, code=0):
    said = running.communicate(timeout=patience(120))[0]
    assert running.returncode == code, said
    return said


def fetch(environment, release, folder, *more, code=0):
    return finish(start("fetch-guests", release, folder, *more, env=environment), code)


def packages(mirror):
    return {path: count for path, count in mirror.sent.items() if path.startswith("pool/")}


# ---- which sources, and which release ----------------------------------------------------------

LINE = "deb [trusted=yes] {url} {suite} main\n"
STANZA = """# what a cloud image has
Types: deb deb-src
URIs: {url}
Suites: {suite}
Components: main non-free-firmware
Trusted: yes
"""


@pytest.mark.slow
@pytest.mark.parametrize("release, xen", [(12, "4.17"), (13, "4.20")])
@pytest.mark.parametrize("text, form", [
    (LINE.format(url="{url}", suite="bookworm"), "list"),
    (LINE.format(url="{url}", suite="trixie"), "list"),
    ("deb [ arch=amd64 trusted=yes ] {url} stable main contrib # by hand\n", "list"),
    (STANZA.format(url="{url}", suite="bookworm"), "sources"),
    (STANZA.format(url="{url}", suite="trixie") + "Architectures: amd64\n", "sources"),
    (STANZA.format(url="{url}", suite="\n oldstable"), "sources"),
], ids=["line 12", "line 13", "stable", "deb822 12", "deb822 13", "oldstable"])
def test_any_machine_gets_either_release(both, machine, tmp_path, text, form, release, xen):
    fetch(machine(text.format(url=both.url), form), release, tmp_path / "guests")
    assert (tmp_path / "guests/busybox").read_text() == xen
    assert (tmp_path / "guests/Image").read_bytes() == KERNEL
    assert (tmp_path / "guests/modules/virtio_blk.ko").read_bytes() == MODULE
    assert f"xen-hypervisor-{xen}-arm64 {xen}.1" in (tmp_path / "guests/versions").read_text()


@pytest.mark.slow
def test_those_of_a_32_bit_board(mirror, machine, tmp_path):
    mirror.suite("bookworm", guests32(mirror, "4.17", "6.1.0-9"))
    fetch(machine(LINE.format(url=mirror.url, suite="trixie")), "12-arm32", tmp_path / "guests")
    for name, text in (("u-boot.bin", "u-boot 32"), ("xen", "xen 32"), ("busybox", "busybox 32"),
                       ("zImage", "armmp"), ("zImage-lpae", "armmp-lpae"), ("complete", ""),
                       ("modules/virtio_blk.ko", "6.1.0-9-armmp")):
        assert (tmp_path / "guests" / name).read_text() == text
    assert "xen-hypervisor-4.17-armhf 4.17.1\n" in (tmp_path / "guests/versions").read_text()
    assert not (tmp_path / "guests/Image").exists()


def test_no_32_bit_xen_of_that_release(mirror, machine, tmp_path):
    """Nothing is asked for, and the reason is there for tests that skip."""
    environment = machine(LINE.format(url=mirror.url, suite="trixie"))
    said = fetch(environment, "13-arm32", tmp_path / "guests", code=1)
    assert "Debian 13's guests for 32-bit boards are not available: it has no Xen for armhf" in said
    fetch(environment, "13-arm32", tmp_path / "guests", "or-skip")
    assert "no Xen for armhf" in (tmp_path / "guests/skipped").read_text() and not mirror.asked


@pytest.mark.slow
def test_32_bit_guests_that_the_mirror_has_not(mirror, machine, tmp_path):
    mirror.suite("bookworm", guests(mirror, "4.17", "6.1.0-9", ""))
    environment = machine(LINE.format(url=mirror.url, suite="bookworm"))
    fetch(environment, "12-arm32", tmp_path / "guests", "or-skip")
    assert "Debian 12's guests for 32-bit boards are not available: " in (tmp_path / "guests/skipped").read_text()
    assert not (tmp_path / "guests/complete").exists()


@pytest.mark.slow
def test_nobody_else_is_asked(both, machine, tmp_path):
    """Other people's suites, backports, disks; and one of theirs with Debian's name that fails."""
    others = "".join(f"deb [trusted=yes] {both.url}/{name}\n" for name in (
        "node nodistro main", "pgdg bookworm-pgdg main", "docker bookworm stable",
        "back bookworm-backports main", "flat ./"))
    text = (LINE.format(url=both.url, suite="bookworm") + others +
            "deb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main\n" +
            LINE.format(url=f"{both.url}/vendor", suite="bookworm"))
    fetch(machine(text), 13, tmp_path / "guests")
    first = {path.split("/")[0] for path in both.asked}
    assert first == {"dists", "pool", "vendor"}
    assert not any("bookworm" in path for path in both.asked)


@pytest.mark.slow
def test_a_release_that_the_mirror_has_not(mirror, machine, tmp_path):
    mirror.suite("bookworm", guests(mirror, "4.17", "6.1.0-9", ""))
    environment = machine(LINE.format(url=mirror.url, suite="bookworm"))
    said = fetch(environment, 13, tmp_path / "guests", code=1)
    assert "Debian 13's guests are not available" in said and "trixie" in said
    fetch(environment, 13, tmp_path / "guests", "or-skip")
    assert "trixie" in (tmp_path / "guests/skipped").read_text()
    assert not (tmp_path / "guests/complete").exists()


def test_a_machine_without_debian(mirror, machine, tmp_path):
    said = fetch(machine(LINE.format(url=mirror.url, suite="noble")), 12, tmp_path / "guests", code=1)
    assert "no apt source of this machine has it" in said and not mirror.asked


@pytest.mark.parametrize("os_release, expected", [
    ("ID=debian\nVERSION_ID=\"12\"", (0, "12")), ("ID=debian\nVERSION_ID=13", (0, "13")),
    ("ID=debian", (1, "12")), ("ID=ubuntu\nVERSION_ID=\"13\"", (1, "12"))])
def test_own_release(tmp_path, os_release, expected):
    (tmp_path / "os-release").write_text(os_release + "\n")
    done = subprocess.run([ROOT / "scripts/own-release", tmp_path / "os-release"],
                          capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == expected


def test_guests_that_nobody_knows():
    done = subprocess.run(["make", "-C", ROOT, "-n", "demo", "GUESTS=11"], capture_output=True, text=True)
    assert done.returncode and "no guests '11'; there are: 12 13" in done.stderr


# ---- the cache ---------------------------------------------------------------------------------

@pytest.mark.slow
def test_a_second_clone_fetches_nothing(both, machine, tmp_path):
    environment = machine(LINE.format(url=both.url, suite="trixie"))
    assert "fetching 4 MB" in fetch(environment, 13, tmp_path / "first")
    before = packages(both)
    assert len(before) == 4
    assert "nothing to fetch" in fetch(environment, 13, tmp_path / "second")
    assert packages(both) == before
    assert (tmp_path / "second/Image").read_bytes() == KERNEL


@pytest.mark.slow
def test_without_a_network_the_cache_will_do(both, machine, tmp_path):
    environment = machine(LINE.format(url=both.url, suite="trixie"))
    fetch(environment, 13, tmp_path / "first")
    both.close()
    fetch(environment, 13, tmp_path / "second")
    assert (tmp_path / "second/Image").read_bytes() == KERNEL


@pytest.mark.slow
def test_what_was_damaged_is_fetched_again(both, machine, tmp_path):
    environment = machine(LINE.format(url=both.url, suite="trixie"))
    fetch(environment, 13, tmp_path / "first")
    file, = (tmp_path / "cache/files").glob("xen-*")
    file.write_bytes(b"\0" * file.stat().st_size)
    before = packages(both)
    fetch(environment, 13, tmp_path / "second")
    assert [path for path, count in packages(both).items() if count > before[path]] == \
        [f"pool/{file.name}"]
    assert (tmp_path / "second/xen").read_bytes() == b"xen"


def wait_for_bytes(folder, count):
    """Until one of its files has so many."""
    until(lambda: any(file.stat().st_size >= count for file in folder.iterdir()))


MBEDTLS = {f"{path}/file": b"text" for path in ("include", "library", "3rdparty/p256-m")}


def scripts_that_fetch(mirror):
    """{script: (its arguments behind the folder's, what is in the folder then)}; each has one big file to get."""
    trees = kernel_with_trees(mirror, "6.1.0-7", "linux-image", "usr/lib/linux-image-%s", KERNEL)
    mirror.suite("bookworm", [*trees, mirror.package("u-boot-made", "1", {"boot/one": KERNEL})],
                 [mirror.source("xen", "4.17.1", "xen-hypervisor-4.17-arm64", files={"big": KERNEL})])
    mirror.suite("sid", uefi_packages(mirror, "2026.08", "2.14", KERNEL))
    mirror.suite("trixie", guests(mirror, "4.20", "6.12.3+deb13", "usr/"),
                 [mirror.source("mbedtls", "3.6.2", "libmbedtls-dev", files={**MBEDTLS, "LICENSE": KERNEL})])
    return {"fetch-guests": (["13", FOLDER], "Image"), "fetch-trees": ([FOLDER, "6.1"], "arm64/arm64.dtb"),
            "fetch-parts": (["12", FOLDER, "u-boot-made"], "u-boot-made/boot/one"),
            "fetch-source": (["xen-hypervisor-4.17-arm64", "12", FOLDER], "big"),
            "fetch-mbedtls": ([FOLDER], "LICENSE"), "fetch-uefi": (["sid", FOLDER], "firmware.fd")}


FOLDER = "the folder"
SCRIPTS = ("fetch-guests", "fetch-trees", "fetch-parts", "fetch-source", "fetch-mbedtls", "fetch-uefi")


def stopped(mirror, path, environment, number, script, *arguments):
    """A run that is ended when it has got two MiB of it."""
    mirror.stop_at[path] = 2 << 20
    running = start(script, *arguments, env=environment)
    assert mirror.hanging.wait(patience(60))
    wait_for_bytes(pathlib.Path(environment["DTSHIM_CACHE"]) / "files", 2 << 20)
    os.killpg(running.pid, number)
    assert running.wait(patience(60))
    mirror.go_on.set()


@pytest.mark.slow
@pytest.mark.parametrize("script, number", [
    *((script, signal.SIGINT) for script in SCRIPTS), ("fetch-guests", signal.SIGTERM),
    ("fetch-guests", signal.SIGKILL)])
def test_an_interrupted_download_goes_on(mirror, machine, tmp_path, script, number):
    """What there is of it is not sent again, and what is made of it is whole. Where apt was given no
    time to write down how old the file is, that one file begins anew."""
    arguments, made = scripts_that_fetch(mirror)[script]
    environment = machine(LINE.format(url=mirror.url, suite="bookworm"))
    where = tmp_path / "out"
    arguments = [where if one is FOLDER else one for one in arguments]
    before = {"guests": "linux-image-6.12", "trees": "linux-image-6.1.0-7-arm64", "parts": "u-boot-made",
              "source": "xen_", "mbedtls": "mbedtls_", "uefi": "qemu-efi"}[script.removeprefix("fetch-")]
    path, = (f"pool/{one.name}" for one in (mirror.folder / "pool").iterdir()
             if one.name.startswith(before) and one.stat().st_size > len(KERNEL))
    stopped(mirror, path, environment, number, script, *arguments)
    assert not (where / made).exists()
    finish(start(script, *arguments, env=environment))
    assert (where / made).read_bytes() == KERNEL
    sizes = {path: (mirror.folder / path).stat().st_size for path in packages(mirror)}
    assert packages(mirror) == {**sizes, path: sizes[path] + (2 << 20 if number == signal.SIGKILL else 0)}


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_cache_that_is_named_from_here(mirror, machine, tmp_path, script):
    """As make names it, build/cache: it is there, wherever a script goes, and two checkouts may share it."""
    arguments, made = scripts_that_fetch(mirror)[script]
    environment = machine(LINE.format(url=mirror.url, suite="bookworm")) | {"DTSHIM_CACHE": "my cache"}
    sent = []
    for folder in ("first", "second"):
        said = finish(start(script, *(tmp_path / folder if one is FOLDER else one for one in arguments),
                            env=environment, cwd=tmp_path))
        assert (tmp_path / folder / made).read_bytes() == KERNEL and f"{tmp_path}/my cache" in said
        sent.append(packages(mirror))
    assert sent[0] and sent[0] == sent[1]
    assert [path.parent for path in tmp_path.rglob("files")] == [tmp_path / "my cache"]


@pytest.mark.slow
def test_two_at_once(both, machine, tmp_path):
    environment = machine(LINE.format(url=both.url, suite="trixie"))
    path = "pool/linux-image-6.12.3+deb13-arm64_6.12.3+deb13_arm64.deb"
    both.stop_at[path] = 1 << 20
    first = start("fetch-guests", 13, tmp_path / "first", env=environment)
    assert both.hanging.wait(patience(60))
    second = start("fetch-guests", 13, tmp_path / "second", env=environment)
    line = second.stdout.readline()
    assert "waiting for another download" in line
    os.killpg(first.pid, signal.SIGINT)
    both.go_on.set()
    finish(second)
    assert (tmp_path / "second/Image").read_bytes() == KERNEL


@pytest.mark.slow
def test_two_of_them_into_one_folder(mirror, machine, tmp_path):
    """The second one waits, and finds it made."""
    scripts_that_fetch(mirror)
    environment = machine(LINE.format(url=mirror.url, suite="bookworm"))
    path = next(f"pool/{one.name}" for one in (mirror.folder / "pool").glob("mbedtls_*.gz"))
    mirror.stop_at[path] = 1 << 20
    first = start("fetch-mbedtls", tmp_path / "lib", env=environment)
    assert mirror.hanging.wait(patience(60))
    second = start("fetch-mbedtls", tmp_path / "lib", env=environment)
    assert "waiting for another download" in second.stdout.readline()
    mirror.go_on.set()
    assert "fetching" in finish(first) and finish(second) == ""
    assert (tmp_path / "lib/LICENSE").read_bytes() == KERNEL


# ---- board trees -------------------------------------------------------------------------------

def kernel_with_trees(mirror, version, holds, where, tree=None):
    """A kernel of each architecture, and the package that has its trees: one, its architecture's name."""
    found = []
    for arch, meta, flavour in (("arm64", "linux-image-arm64", "arm64"),
                                ("armhf", "linux-image-armmp", "armmp")):
        full = f"{version}-{flavour}"
        found += [mirror.package(meta, version, depends=f"linux-image-{full}", arch=arch)]
        for name in sorted({"linux-image", holds}):
            files = {f"{where % full}/{arch}.dtb": tree or arch.encode()} if name == holds else {}
            found.append(mirror.package(f"{name}-{full}", version, files, arch=arch))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("linux, suite, version, holds, where", [
    ("6.1", "bookworm", "6.1.0-9", "linux-image", "usr/lib/linux-image-%s"),
    ("6.12", "trixie", "6.12.3+deb13", "linux-image", "usr/lib/linux-image-%s"),
    ("7.2", "forky", "7.2.12+deb14", "linux-base", "usr/lib/modules/%s/dtb")])
def test_trees(mirror, machine, tmp_path, linux, suite, version, holds, where):
    mirror.suite(suite, kernel_with_trees(mirror, version, holds, where))
    environment = machine(LINE.format(url=mirror.url, suite="bookworm"))
    finish(start("fetch-trees", tmp_path / "trees", linux, env=environment))
    there = {str(path.relative_to(tmp_path / "trees")): path.read_text()
             for path in (tmp_path / "trees").rglob("*.dtb")}
    assert there == {"arm64/arm64.dtb": "arm64", "armhf/armhf.dtb": "armhf"}
    assert f"{holds}-{version}-armmp {version}" in (tmp_path / "trees/versions").read_text()
    assert (tmp_path / "trees/complete").exists()


@pytest.mark.slow
def test_trees_of_another_kernel(mirror, machine, tmp_path):
    """A suite that goes on has another Linux one day: these would not be the trees that are meant."""
    mirror.suite("forky", kernel_with_trees(mirror, "7.20.1+deb14", "linux-base", "usr/lib/modules/%s/dtb"))
    said = finish(start("fetch-trees", tmp_path / "trees", "7.2",
                        env=machine(LINE.format(url=mirror.url, suite="bookworm"))), 1)
    assert "the board trees of Linux 7.2 are not available: forky has Linux 7.20.1+deb14" in said
    assert not (tmp_path / "trees/complete").exists()


@pytest.mark.slow
def test_trees_of_another_kernel_are_skipped_by_name(mirror, machine, tmp_path):
    mirror.suite("forky", kernel_with_trees(mirror, "7.3.1+deb14", "linux-base", "usr/lib/modules/%s/dtb"))
    finish(start("fetch-trees", tmp_path / "trees", "7.2", "or-skip",
                 env=machine(LINE.format(url=mirror.url, suite="bookworm"))))
    assert {path.name for path in (tmp_path / "trees").iterdir()} == {"skipped"}
    assert (tmp_path / "trees/skipped").read_text() == \
        "the board trees of Linux 7.2 are not available: forky has Linux 7.3.1+deb14\n"


@pytest.mark.slow
def test_trees_of_a_newer_kernel(mirror, machine, tmp_path):
    """sid's, where scripts/trees has no such kernel."""
    mirror.suite("sid", kernel_with_trees(mirror, "9.9.2+deb20", "linux-base", "usr/lib/modules/%s/dtb"))
    environment = machine(LINE.format(url=mirror.url, suite="bookworm"))
    finish(start("fetch-trees", tmp_path / "trees", "9.9", env=environment))
    assert (tmp_path / "trees/armhf/armhf.dtb").read_text() == "armhf"
    said = finish(start("fetch-trees", tmp_path / "trees", "9.8", env=environment), 1)
    assert "the board trees of Linux 9.8 are not available: sid has Linux 9.9.2+deb20" in said


def test_trees_that_nobody_knows(tmp_path):
    said = finish(start("fetch-trees", tmp_path / "trees", "5.10",
                        env={**os.environ, "DTSHIM_CACHE": str(tmp_path / "cache")}), 2)
    assert "no trees of Linux 5.10; there are: 6.1 6.12 7.2, and what is newer, if sid has it" in said


# ---- a root file system -------------------------------------------------------------------------

@pytest.mark.slow
@pytest.mark.parametrize("ends, code", [("kill -TERM $PPID; sleep 0.2", 1), ("exit 1", 1), ("true", 0)])
def test_of_a_root_that_is_stopped_nothing_is_left(both, machine, tmp_path, ends, code):
    environment = machine(LINE.format(url=both.url, suite="bookworm"))
    (tmp_path / "bin").mkdir()
    for name, does in (("arch-test", "true"), ("mmdebstrap", f'for out; do case "$out" in *.part.tar) : >"$out";; esac; done; {ends}')):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    environment = {**environment, "PATH": f"{tmp_path}/bin:{environment['PATH']}"}
    finish(start("make-debian-root", 12, tmp_path / "root.tar", env=environment), code)
    assert sorted(path.name for path in tmp_path.glob("root*")) == ["root.log"] + ["root.tar"] * (not code)


# ---- QEMU --------------------------------------------------------------------------------------

LOADER = b"""#!/bin/sh
[ "$1" = --library-path ] && . "$2/libc.so.6" && shift 2 && exec sh "$@"
"""
SAYS = "echo QEMU emulator version {} '(Debian)' with $libc, $*"


def qemu_packages(mirror, version, loader=LOADER):
    """With a libc of their own, and what no board needs."""
    def package(name, files=(), depends=""):
        return mirror.package(name, version, files, depends, debian_mirror.OWN)
    return [
        package("qemu-system-arm", {"usr/bin/qemu-system-aarch64": SAYS.format(version).encode()},
                "libc6 (>= 2), qemu-system-data, libz1 | libz2"),
        package("qemu-system-data", depends="libnever, adduser"),
        package("libnever"), package("adduser"), package("libz1"),
        package("libc6", {"usr/lib/own/libc.so.6": f"export libc=libc-{version}".encode(),
                          "usr/lib/own/ld-linux-own.so.2": loader}, "libgcc-s1"),
        package("libgcc-s1", depends="libc6")]


@pytest.fixture
def with_qemu(machine, tmp_path):
    """The environment of a machine with such a QEMU, or one that cannot be started."""
    def make(version, text):
        (tmp_path / "bin").mkdir()
        own = tmp_path / "bin/qemu-system-aarch64"
        own.write_text("#!/bin/sh\n" + (SAYS.format(version) if version else "exit 127") + "\n")
        own.chmod(0o755)
        environment = machine(text)
        return {**environment, "PATH": f"{own.parent}:{environment['PATH']}"}
    return make


def fetch_qemu(environment, version, folder, *more, code=0):
    return finish(start("fetch-qemu", version, folder, *more, env=environment), code)


@pytest.mark.slow
@pytest.mark.parametrize("version, suite, own", [
    ("10.0", "trixie", "7.2.22"), ("11.1", "sid", "10.0.13"), ("11.1", "sid", "")])
def test_a_qemu_with_its_libraries(mirror, with_qemu, tmp_path, version, suite, own):
    mirror.suite(suite, qemu_packages(mirror, f"{version}.3"))
    fetch_qemu(with_qemu(own, LINE.format(url=mirror.url, suite="bookworm")), version,
               tmp_path / "first")
    moved = (tmp_path / "first").rename(tmp_path / "moved")
    said = subprocess.run([moved / "qemu-system-aarch64", "-M", "a b"], capture_output=True, text=True)
    assert said.stdout == f"QEMU emulator version {version}.3 (Debian) with libc-{version}.3, -M a b\n"
    assert {path.split("/")[1].split("_")[0] for path in packages(mirror)} == {
        "qemu-system-arm", "libz1", "libc6", "libgcc-s1"}
    assert f"qemu-system-arm {version}.3" in (moved / "versions").read_text()
    assert (moved / "complete").exists()


def test_a_machine_whose_own_qemu_is_new_enough(mirror, with_qemu, tmp_path):
    fetch_qemu(with_qemu("10.0.2", LINE.format(url=mirror.url, suite="trixie")), "10.0",
               tmp_path / "qemu")
    assert (tmp_path / "qemu/qemu-system-aarch64").resolve() == tmp_path / "bin/qemu-system-aarch64"
    assert (tmp_path / "qemu/complete").exists() and not mirror.asked


@pytest.mark.slow
@pytest.mark.parametrize("version, suite, there, loader, says", [
    ("10.0", "trixie", False, LOADER, "trixie"),
    ("11.1", "sid", "9.2", LOADER, "sid has QEMU 9.2"),
    ("11.1", "sid", "12.0", b"#!/bin/sh\necho needs another kernel >&2\n",
     "it does not start here: needs another kernel")])
def test_a_qemu_that_cannot_be_had(mirror, with_qemu, tmp_path, version, suite, there, loader, says):
    """The mirror lacks it, its suite has another one, this machine cannot run it."""
    if there:
        mirror.suite(suite, qemu_packages(mirror, there, loader))
    environment = with_qemu("7.2.22", LINE.format(url=mirror.url, suite="bookworm"))
    said = fetch_qemu(environment, version, tmp_path / "qemu", code=1)
    assert f"QEMU {version} is not available: " in said and says in said.splitlines()[-1]
    fetch_qemu(environment, version, tmp_path / "qemu", "or-skip")
    assert says in (tmp_path / "qemu/skipped").read_text()
    assert {path.name for path in (tmp_path / "qemu").iterdir()} == {"skipped"}


def test_a_qemu_that_nobody_knows(tmp_path):
    said = finish(start("fetch-qemu", "2.0", tmp_path / "qemu"), 2)
    assert "no QEMU 2.0; there are: 10.0 11.1" in said


# ---- UEFI --------------------------------------------------------------------------------------

def uefi_packages(mirror, edk2, grub, firmware=b"code"):
    """As since Debian 13; in 12 the modules' package has GRUB's image, and the shell is in the firmware."""
    own = "usr/lib/grub/arm64-efi"
    image = {f"{own}/monolithic/grubaa64.efi": b"grub"}
    modules = {f"{own}/xen_boot.mod": b"module", **(image if grub == "2.06" else {})}
    flash = {f"usr/share/AAVMF/AAVMF_{name}.fd": name.encode() for name in (
        "VARS", "CODE.snakeoil", "VARS.snakeoil", "CODE.ms")}
    key = {f"usr/share/qemu-efi-aarch64/PkKek-1-snakeoil.{kind}": b"key" for kind in ("key", "pem")}
    return [
        mirror.package("qemu-efi-aarch64", f"{edk2}-2", {
            "usr/share/AAVMF/AAVMF_CODE.fd": firmware, **flash, **key}, arch="all"),
        mirror.package("grub-efi-arm64-bin", f"{grub}-4", modules),
        mirror.package("systemd-boot-efi", "257", {"usr/lib/systemd/boot/efi/systemd-bootaa64.efi": b"boot"}),
        *([] if grub == "2.06" else [
            mirror.package("grub-efi-arm64-unsigned", f"{grub}-4", image),
            mirror.package("efi-shell-aa64", f"{edk2}-2", {
                "usr/share/efi-shell-aa64/shellaa64.efi": b"shell"}, arch="all")])]


UEFI = {"firmware.fd": b"code", "vars.fd": b"VARS", "grub.efi": b"grub", "grub/xen_boot.mod": b"module",
        "systemd-boot.efi": b"boot", "secure/firmware.fd": b"CODE.snakeoil", "secure/vars.fd": b"VARS.snakeoil",
        "secure/snakeoil.key": b"key", "secure/snakeoil.pem": b"key", "complete": b""}


@pytest.mark.slow
@pytest.mark.parametrize("release, suite, edk2, grub, more", [
    ("12", "bookworm", "2022.11", "2.06", {}), ("13", "trixie", "2025.02", "2.12", {"shell.efi": b"shell"}),
    ("sid", "sid", "2026.08+ds", "2.14", {"shell.efi": b"shell"})])
def test_a_uefi(mirror, machine, tmp_path, release, suite, edk2, grub, more):
    mirror.suite(suite, uefi_packages(mirror, edk2, grub))
    environment = machine(LINE.format(url=mirror.url, suite="bookworm"))
    finish(start("fetch-uefi", release, tmp_path / "uefi", env=environment))
    there = {str(path.relative_to(tmp_path / "uefi")): path.read_bytes()
             for path in (tmp_path / "uefi").rglob("*") if path.is_file()}
    assert f"qemu-efi-aarch64 {edk2}-2" in there.pop("versions").decode()
    assert there == UEFI | more


@pytest.mark.slow
@pytest.mark.parametrize("edk2, grub, says", [
    ("2026.11", "2.14", "sid has EDK2 2026.11, not 2026.08"), ("2026.08", "2.16", "sid has GRUB 2.16, not 2.14"),
    ("2026.080", "2.14", "sid has EDK2 2026.080"), (None, None, "sid")])
def test_a_uefi_that_has_moved_on(mirror, machine, tmp_path, edk2, grub, says):
    """What was measured of one says nothing of the next."""
    if edk2:
        mirror.suite("sid", uefi_packages(mirror, edk2, grub))
    environment = machine(LINE.format(url=mirror.url, suite="bookworm"))
    said = finish(start("fetch-uefi", "sid", tmp_path / "uefi", env=environment), 1)
    assert "Debian sid's UEFI is not available: " in said and says in said.splitlines()[-1]
    finish(start("fetch-uefi", "sid", tmp_path / "uefi", "or-skip", env=environment))
    assert says in (tmp_path / "uefi/skipped").read_text()
    assert {path.name for path in (tmp_path / "uefi").iterdir()} == {"skipped"}


@pytest.mark.slow
def test_a_uefi_that_is_packed_otherwise(mirror, machine, tmp_path):
    packages_of_12 = uefi_packages(mirror, "2022.11", "2.06")
    packages_of_12[1] = mirror.package("grub-efi-arm64-bin", "2.06-5", {"usr/lib/grub/other": b"1"})
    mirror.suite("bookworm", packages_of_12)
    said = finish(start("fetch-uefi", "12", tmp_path / "uefi",
                        env=machine(LINE.format(url=mirror.url, suite="bookworm"))), 1)
    assert "there is no lib/grub/arm64-efi/monolithic/grubaa64.efi in its packages" in said


def test_a_uefi_that_nobody_knows(tmp_path):
    said = finish(start("fetch-uefi", "11", tmp_path / "uefi"), 2)
    assert "no UEFI of a Debian '11'; there are: 12 13 sid" in said


# ---- sources -----------------------------------------------------------------------------------

@pytest.mark.slow
def test_a_source(mirror, machine, tmp_path):
    """The newest that is really there: a mirror may list an update without holding it."""
    mirror.suite("bookworm", [], [mirror.source("xen", "4.17.1", "xen-hypervisor-4.17-arm64"),
                                  mirror.source("xen", "4.17.3", "xen-hypervisor-4.17-arm64"),
                                  mirror.source("xen", "4.17.4", "xen-hypervisor-4.17-arm64", False)])
    environment = machine(LINE.format(url=mirror.url, suite="trixie"))
    for name in ("first", "second"):
        said = finish(start("fetch-source", "xen-hypervisor-4.17-arm64", 12, tmp_path / name,
                            env=environment))
        assert said.strip().endswith("4.17.3")
        assert (tmp_path / name / "README").read_text() == "4.17.3"
    assert list(packages(mirror)) == ["pool/xen_4.17.3.tar.gz"], "its .dsc may be missing"
    assert max(mirror.asked.count(path) for path in packages(mirror)) == 1


@pytest.mark.slow
def test_a_source_that_cannot_be_had(mirror, machine, tmp_path):
    mirror.suite("bookworm", [], [mirror.source("xen", "4.17.4", "xen-hypervisor-4.17-arm64", False)])
    said = finish(start("fetch-source", "xen-hypervisor-4.17-arm64", 12, tmp_path / "xen",
                        env=machine(LINE.format(url=mirror.url, suite="bookworm"))), 3)
    assert "404" in said.splitlines()[-1]


# ---- the parts of a card ----------------------------------------------------------------------------

def test_a_part_and_where_it_comes_from(mirror, machine, tmp_path):
    """What dtshim image --sbom has to know: the archive that was unpacked, and its sum."""
    mirror.suite("bookworm", [mirror.package("u-boot-made", "1:2.0-1", {"boot/one": b"1"})])
    parts = tmp_path / "parts"
    finish(start("fetch-parts", "12", parts, "u-boot-made", env=machine(
        LINE.format(url=mirror.url, suite="bookworm"))))
    archive, = (mirror.folder / "pool").glob("u-boot-made_*.deb")
    assert (parts / "u-boot-made/boot/one").read_bytes() == b"1"
    assert (parts / "u-boot-made.version").read_text() == "u-boot-made 1:2.0-1\n"
    fields = dict(line.split(": ") for line in (parts / "u-boot-made.origin").read_text().splitlines())
    assert fields.pop("File").startswith("u-boot-made_")
    assert fields == {"Package": "u-boot-made", "Version": "1:2.0-1", "Architecture": "arm64",
                      "Source": "u-boot-made 1:2.0-1",
                      "SHA256": hashlib.sha256(archive.read_bytes()).hexdigest()}
