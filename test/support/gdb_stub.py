# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""QEMU's processor, stopped and asked for its registers: as much of GDB's remote protocol as that takes."""
import pathlib
import re
import socket
import tempfile
import time
from patience import patience


class Gdb:
    """Made before the machine, whose command line takes `arguments`; connect() stops it."""

    def __init__(self, stopped=False):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="dtshim-")) / "gdb"
        self.arguments = ["-gdb", f"unix:{self.path},server=on,wait=off", *(["-S"] if stopped else [])]
        self.socket = self.numbers = None

    def connect(self, timeout=patience(10)):
        end = time.monotonic() + timeout
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        while self.socket.connect_ex(str(self.path)):
            assert time.monotonic() < end, "QEMU does not listen"
            time.sleep(0.05)
        self.stream = self.socket.makefile("rb")
        self.send("qSupported:xmlRegisters=aarch64")
        while not self.answer().startswith("PacketSize"):
            pass  # that it has stopped, which nobody has asked
        names = re.findall(r'href="([^"]+)"', self.feature("target.xml"))
        self.numbers = {name.upper(): int(number) for name, number in re.findall(
            r'<reg name="(\w+)"[^>]*regnum="(\d+)"', "".join(map(self.feature, names)))}
        return self

    def close(self):
        if self.socket:
            self.stream.close()
            self.socket.close()
        self.path.unlink(missing_ok=True)
        self.path.parent.rmdir()

    def send(self, words):
        self.socket.sendall(f"${words}#{sum(words.encode()) % 256:02x}".encode())

    def answer(self):
        """The next packet, behind whatever says that ours has come."""
        words = b""
        while self.stream.read(1) != b"$":
            pass
        while (byte := self.stream.read(1)) != b"#":
            words += byte
        self.stream.read(2)
        self.socket.sendall(b"+")
        return words.decode("latin1")

    def ask(self, words):
        self.send(words)
        return self.answer()

    def feature(self, name):
        text = ""
        while True:
            part = self.ask(f"qXfer:features:read:{name}:{len(text):x},800")
            text += part[1:]
            if part[0] == "l":
                return text

    def register(self, name):
        """By its name in the Arm ARM; or x0 to x30, sp and pc, which have the first numbers."""
        plain = {**{f"x{i}": i for i in range(31)}, "sp": 31, "pc": 32}
        number = plain[name] if name in plain else self.numbers[name]
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def run_to(self, address):
        """Until the instruction there is the next one."""
        assert self.ask(f"Z1,{address:x},4") == "OK"
        assert self.ask("c").startswith("T")
        assert self.ask(f"z1,{address:x},4") == "OK"
        assert self.register("pc") == address
