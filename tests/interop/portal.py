#!/usr/bin/env python3
"""portal.py ADDRESS - a name server that knows every name, and a captive portal; until SIGUSR1, then the page itself.

All names are ADDRESS. Port 80 sends everybody to http://portal.example/login."""
import http.server
import signal
import socket
import struct
import sys
import threading

address = sys.argv[1]
captive = True


def on_login(_number, _frame):
    global captive
    captive = False


class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/login":
            self.answer(200, b"welcome\n")
        elif captive:
            self.answer(302, b"", ("Location", "http://portal.example/login"))
        else:
            self.answer(204, b"")

    def answer(self, code, body, *headers):
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def serve_names():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 53))
    while True:
        query, client = s.recvfrom(512)
        if len(query) < 17:
            continue
        end = query.index(b"\0", 12) + 5
        is_a = query[end - 4:end - 2] == b"\0\1"
        answer = query[:2] + struct.pack("!HHHHH", 0x8180, 1, is_a, 0, 0) + query[12:end]
        if is_a:
            answer += struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address)
        s.sendto(answer, client)


signal.signal(signal.SIGUSR1, on_login)
threading.Thread(target=serve_names, daemon=True).start()
http.server.ThreadingHTTPServer((address, 80), Portal).serve_forever()
