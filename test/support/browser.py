# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Debian's chromium without a window, spoken to through two pipes: a page at any width, light or dark."""
import json
import os
import select
import shutil
import subprocess
import time

from patience import patience

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
         "--remote-debugging-pipe"]


def program():
    return shutil.which("chromium")


class Browser:
    """Commands go out on descriptor 3 of chromium, answers come on 4; each ends in a zero byte."""

    def __init__(self, folder):
        self.number, self.rest = 0, b""
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()
        move = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$0" "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", move, program(), *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")

    session = None

    def close(self):
        os.close(self.out)      # at which it ends
        try:
            self.process.wait(patience(20))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.into)

    def messages(self):
        end = time.monotonic() + patience(60)
        while time.monotonic() < end:
            while b"\0" in self.rest:
                one, self.rest = self.rest.split(b"\0", 1)
                yield json.loads(one)
            if select.select([self.into], [], [], 1)[0]:
                more = os.read(self.into, 1 << 16)
                assert more, "chromium has ended"
                self.rest += more
        raise AssertionError("chromium does not answer")

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        for answer in self.messages():
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
        return None

    def show(self, path, width, scheme="light", media=""):
        """Loads a file; whole, however high it is."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", media=media,
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.ask("Page.navigate", url=f"file://{path}")
        for message in self.messages():
            if message.get("method") == "Page.loadEventFired":
                return

    def evaluate(self, script):
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")
