#!/usr/bin/env python3
"""simcard.py - a home network and a SIM card of it, for tests: both know K and nothing else.

  simcard.py auc SOCKET        answers hostapd's eap_sim_db on a Unix datagram socket
  simcard.py card DIR sim|aka  a card for `ike connect --card`: challenges on stdin; DIR keeps its sequence number

The algorithms are made of SHA-256 and are no operator's; their shapes are those of GSM and of 3GPP TS 33.102.
SPDX-License-Identifier: Apache-2.0
"""
import hashlib
import os
import socket
import sys

K = b"a key that the home network shares with its card"
AMF = bytes([0x80, 0])  # the separation bit, so that EAP-AKA' takes it


def f(name, rand, n, more=b""):
    return hashlib.sha256(K + name.encode() + rand + more).digest()[:n]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def mac(rand, sqn):
    return f("f1", rand, 8, sqn + AMF)


def number(path):
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def store(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


def auc(path):
    """The requests are those of hostapd: SIM-REQ-AUTH, AKA-REQ-AUTH, AKA-AUTS."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    sqn = 32
    while True:
        text, peer = s.recvfrom(1000)
        words = text.decode().split()
        if words[0] == "SIM-REQ-AUTH":
            rands = [os.urandom(16) for _ in range(int(words[2]))]
            sets = [":".join(x.hex() for x in (f("kc", r, 8), f("sres", r, 4), r)) for r in rands]
            s.sendto(f"SIM-RESP-AUTH {words[1]} {' '.join(sets)}".encode(), peer)
        elif words[0] == "AKA-REQ-AUTH":
            rand = os.urandom(16)
            sqn += 1
            n = sqn.to_bytes(6, "big")
            autn = xor(n, f("f5", rand, 6)) + AMF + mac(rand, n)
            values = [rand, autn, f("f4", rand, 16), f("f3", rand, 16), f("f2", rand, 8)]
            s.sendto(f"AKA-RESP-AUTH {words[1]} {' '.join(v.hex() for v in values)}".encode(), peer)
        elif words[0] == "AKA-AUTS":
            auts, rand = bytes.fromhex(words[2]), bytes.fromhex(words[3])
            n = xor(auts[:6], f("f5*", rand, 6))
            if auts[6:] == f("f1*", rand, 8, n):
                sqn = int.from_bytes(n, "big")


def card(directory, kind):
    if kind == "sim":
        for line in sys.stdin:
            rand = bytes.fromhex(line)
            print(f("sres", rand, 4).hex(), f("kc", rand, 8).hex())
        return
    rand, autn = (bytes.fromhex(word) for word in sys.stdin.readline().split())
    last = os.path.join(directory, "sqn")
    n = xor(autn[:6], f("f5", rand, 6))
    if autn[8:] != mac(rand, n):
        print("reject")
    elif int.from_bytes(n, "big") <= number(last):
        n = number(last).to_bytes(6, "big")
        print("auts", (xor(n, f("f5*", rand, 6)) + f("f1*", rand, 8, n)).hex())
    else:
        store(last, int.from_bytes(n, "big"))
        print(f("f2", rand, 8).hex(), f("f3", rand, 16).hex(), f("f4", rand, 16).hex())


if sys.argv[1] == "auc":
    auc(sys.argv[2])
else:
    card(sys.argv[2], sys.argv[3])
