# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A mirror of a Debian that has next to nothing, served on this machine, which counts."""
import collections
import hashlib
import http.server
import os
import pathlib
import re
import subprocess
import threading
import time
from patience import patience

OWN = subprocess.run(["dpkg", "--print-architecture"], stdout=subprocess.PIPE, text=True,
                     check=True).stdout.strip()
ARCHITECTURES = sorted({"arm64", "armhf", OWN})


class Mirror:
    """Suites with packages, below `folder`. `sent` counts the bytes of each path."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.sent, self.asked = collections.Counter(), []
        self.stop_at = {}  # path: how many bytes are sent before the connection hangs
        self.hanging, self.go_on = threading.Event(), threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()

    def handler(mirror):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = pathlib.Path(self.path.lstrip("/").replace("%2b", "+"))
                mirror.asked.append(str(path))
                file = mirror.folder / path
                if not file.is_file():
                    return self.send_error(404)
                data, since = file.read_bytes(), self.date_time_string(file.stat().st_mtime)
                start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
                start = int(start[1]) if start and self.headers.get("If-Range") == since else 0
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.send_header("Content-Length", str(len(data) - start))
                self.send_header("Last-Modified", since)
                self.end_headers()
                return self.send(str(path), data[start:])

            def send(self, path, data):
                stop = mirror.stop_at.pop(path, len(data))
                self.wfile.write(data[:stop])
                self.wfile.flush()
                mirror.sent[path] += stop
                if stop < len(data):
                    mirror.hanging.set()
                    mirror.go_on.wait(patience(60))
                    self.close_connection = True

            def log_message(self, *_):
                pass
        return Handler

    def suite(self, name, binaries, sources=()):
        """binaries: what Mirror.package() returned; sources: what source() did."""
        dists = self.folder / "dists" / name
        files = {f"main/binary-{arch}/Packages": binaries for arch in ARCHITECTURES}
        files["main/source/Sources"] = sources
        lines = ""
        for path, stanzas in files.items():
            (dists / path).parent.mkdir(parents=True, exist_ok=True)
            blob = "\n".join(stanzas).encode()
            (dists / path).write_bytes(blob)
            lines += f" {hashlib.sha256(blob).hexdigest()} {len(blob)} {path}\n"
        (dists / "Release").write_text(
            f"Origin: Debian\nSuite: {name}\nCodename: {name}\nArchitectures: {' '.join(ARCHITECTURES)}\n"
            f"Components: main\nDate: {time.strftime('%a, %d %b %Y %H:%M:%S UTC', time.gmtime())}\n"
            f"SHA256:\n{lines}")

    def package(self, name, version, files=(), depends="", arch="arm64"):
        """A package with these files ({path: bytes}); its stanza in Packages."""
        root = self.folder / "root" / f"{name}_{version}"
        (root / "DEBIAN").mkdir(parents=True)
        for path, data in dict(files).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
            (root / path).chmod(0o755)
        control = (f"Package: {name}\nVersion: {version}\nArchitecture: {arch}\nMaintainer: test\n"
                   + (f"Depends: {depends}\n" if depends else ""))
        (root / "DEBIAN/control").write_text(control + "Description: test\n")
        path = self.folder / f"pool/{name}_{version}_{arch}.deb"
        path.parent.mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", root, path], check=True,
                       capture_output=True)
        return control + self.known(path)

    def known(self, path):
        data = path.read_bytes()
        os.utime(path, (1700000000, 1700000000))
        return (f"Filename: {path.relative_to(self.folder)}\nSize: {len(data)}\n"
                f"SHA256: {hashlib.sha256(data).hexdigest()}\n")

    def source(self, name, version, binary, there=True, files=()):
        """A source package with these files and its version in README; `there` or only in the list."""
        pool = self.folder / "pool"
        top = self.folder / "root" / f"{name}-{version}"
        (top / "debian").mkdir(parents=True)
        for path, data in {"README": version.encode(), **dict(files)}.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_bytes(data)
        pool.mkdir(exist_ok=True)
        archive = pool / f"{name}_{version}.tar.gz"
        subprocess.run(["tar", "-C", top.parent, "-czf", archive, top.name], check=True)
        head = f"Format: 3.0 (native)\n%s: {name}\nBinary: {binary}\nVersion: {version}\n"
        dsc = pool / f"{name}_{version}.dsc"
        dsc.write_text(head % "Source" + "Maintainer: test <test@test>\n" + self.sums([archive]))
        stanza = head % "Package" + "Directory: pool\n" + self.sums([dsc, archive])
        if not there:
            dsc.unlink()
            archive.unlink()
        return stanza

    def sums(self, paths):
        text = ""
        for field, kind in (("Checksums-Sha256", "sha256"), ("Files", "md5")):
            text += f"{field}:\n"
            for path in paths:
                data = path.read_bytes()
                text += f" {hashlib.new(kind, data).hexdigest()} {len(data)} {path.name}\n"
        return text
