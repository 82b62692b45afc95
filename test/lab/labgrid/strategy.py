# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""For labgrid: a board that is off, at U-Boot's prompt, in Xen, or in dom0's shell.

A board boots by itself from what is on its card; nothing is sent to it. All it takes is a switch
for its power and its serial line. What it must say is in ../words.toml.
"""
import enum
import pathlib
import tomllib

import attr
from pexpect import TIMEOUT

from labgrid.binding import BindingState
from labgrid.factory import target_factory
from labgrid.strategy import Strategy, StrategyError

WORDS = tomllib.loads((pathlib.Path(__file__).resolve().parents[1] / "words.toml").read_text())
STEPS = {step["name"]: step for step in WORDS["boot"]}


class Status(enum.Enum):
    unknown = 0
    off = 1
    uboot = 2
    xen = 3
    dom0 = 4


@target_factory.reg_driver
@attr.s(eq=False)
class DtshimStrategy(Strategy):
    """`unheard` are steps of words.toml that this board's console does not show, as those of a Xen
    without a driver for its UART."""
    bindings = {"power": "PowerProtocol", "console": "ConsoleProtocol",
                "uboot": "UBootDriver", "shell": "ShellDriver"}
    unheard = attr.ib(default=attr.Factory(list), validator=attr.validators.instance_of(list))
    status = attr.ib(default=Status.unknown)
    said = attr.ib(default="")  # by the console, from U-Boot's prompt on

    def __attrs_post_init__(self):
        super().__attrs_post_init__()
        unknown = [name for name in self.unheard if name not in STEPS]
        if unknown:
            raise StrategyError(f"unheard: {', '.join(unknown)}: what to do: name steps of "
                                f"test/lab/words.toml: {', '.join(STEPS)}")

    def transition(self, status):
        status = status if isinstance(status, Status) else Status[status]
        if status == self.status:
            return
        if status == Status.unknown:
            raise StrategyError("no board can be brought to where nobody knows what it does")
        getattr(self, f"to_{status.name}")()
        self.status = status

    def to_off(self):
        """A QEMU whose console nobody reads waits for that, and hears no switch either."""
        if self.console.state == BindingState.active:
            self.console.settle(quiet_time=0.2, timeout=60.0)
        self.target.deactivate(self.console)
        self.target.activate(self.power)
        self.power.off()

    def to_uboot(self):
        self.transition(Status.off)
        self.target.activate(self.console)
        self.power.cycle()
        self.target.activate(self.uboot)

    def to_xen(self):
        self.transition(Status.uboot)
        self.start()
        self.await_steps("stage", "xen")

    def to_dom0(self):
        self.transition(Status.xen)
        self.to_shell()

    def to_shell(self):
        self.await_steps("dom0")
        self.target.activate(self.shell)

    def start(self, *commands):
        """Boots, after such commands of U-Boot; the board is then where nobody knows."""
        for command in commands:
            self.uboot.run_check(command)
        self.said = ""
        self.uboot.boot("")
        self.status = Status.unknown

    def await_steps(self, *names):
        for name in names:
            if name not in self.unheard:
                self.await_words(STEPS[name]["words"], WORDS["end"].values(), STEPS[name]["seconds"])

    def await_words(self, words, ends=(), seconds=10):
        """All up to and with these words goes to `said`; what ends a boot before ends it here."""
        seconds += 0 if self.said else WORDS["load"]["seconds"]
        try:
            index, before, _, after = self.console.expect([words, *ends], timeout=seconds)
        except TIMEOUT as error:
            raise StrategyError(f"nothing like '{words}' came in {seconds} seconds: {error}") from error
        self.said += (before + after).decode(errors="replace").replace("\r", "")
        if index:
            tail = "\n".join(self.said.splitlines()[-12:])
            raise StrategyError(f"no '{words}': the boot ended before:\n{tail}")
