"""Has examples/verifier/verify.py judge many documents, each as it is and with single bits turned over.

Reads one JSON job from standard input: {"documents": [{"kind", "key", "data", "bits"}]}. Writes one JSON answer: for each
document a string of exit codes, the first for the document as it is, then one for each bit; how many signatures were verified; and
on how many of these OpenSSL was asked as well (it has to agree).
"""

import base64
import functools
import json
import os
import struct
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "..", "examples", "verifier")]
sys.dont_write_bytecode = True

import ed25519  # noqa: E402
import verify  # noqa: E402

ASKED_OF_OPENSSL = 60
known = {}


def verify_signature(public, text, signature):
    name = (public, text, signature)
    if name not in known:
        known[name] = ed25519.verify(public, text, signature)
        # Of the many, some at the beginning and then ever fewer.
        count = len(known)
        if count <= ASKED_OF_OPENSSL // 2 or count % 400 == 0:
            if verify.openssl_verify(public, text, signature) != known[name]:
                raise SystemExit("OpenSSL disagrees on a signature")
            verify_signature.asked += 1
    return known[name]


verify_signature.asked = 0


@functools.lru_cache(maxsize=1000)
def head_of(note, key_text):
    key = verify.parse_key(key_text)
    opened = verify.open_note(note, [key], verify_signature)
    head = opened and verify.parse_checkpoint(opened)
    return head if head and head["origin"] == key.name else None


def judge_tree(data, key_text):
    """A checkpoint, an older one, leaves with their places, and both proofs: 0 true, 1 false, 2 unreadable."""
    at = 0

    def take(count):
        nonlocal at
        if at + count > len(data):
            raise ValueError
        at += count
        return data[at - count : at]

    def number(form):
        return struct.unpack(form, take(struct.calcsize(form)))[0]

    def text():
        return take(number(">H")).decode("utf-8")

    def hashes():
        return [take(32) for _ in range(number(">H"))]

    try:
        newer, older = text(), text()
        leaves = [(number(">Q"), verify.leaf_hash(take(number(">H")))) for _ in range(number(">H"))]
        inclusion, consistency = hashes(), hashes()
        if at != len(data):
            raise ValueError
    except ValueError:
        return 2
    heads = []
    for note in (older, newer):
        head = head_of(note, key_text)
        if head is None:
            return 1
        heads += [head["size"], head["root"]]
    holds = verify.verify_inclusion(heads[2], heads[3], leaves, inclusion)
    return 0 if holds and verify.verify_consistency(*heads, consistency) else 1


def judge(kind, data, key):
    return judge_tree(data, key) if kind == "tree" else verify.verify_bundle(data, key, verify_signature)[0]


answers = []
for document in json.load(sys.stdin)["documents"]:
    data = bytearray(base64.b64decode(document["data"]))
    codes = [judge(document["kind"], bytes(data), document["key"])]
    for bit in document["bits"]:
        data[bit >> 3] ^= 1 << (bit & 7)
        codes.append(judge(document["kind"], bytes(data), document["key"]))
        data[bit >> 3] ^= 1 << (bit & 7)
    answers.append("".join(map(str, codes)))
json.dump({"codes": answers, "signatures": len(known), "openssl": verify_signature.asked}, sys.stdout)
