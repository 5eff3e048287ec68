"""A webhook for the rigs: prints what the `json://` sink sends, a line each. Standard library only."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Catcher(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sys.stdout.write(f"caught {body.decode()}\n")
        sys.stdout.flush()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Only what was caught is printed."""


HTTPServer(("127.0.0.1", int(sys.argv[1])), Catcher).serve_forever()
