#!/usr/bin/env python3
"""Checks an attestation of Assent, format 2, with nothing but Python's standard library and the `openssl` command.

Written from docs/attestation.md alone, so that its checks do not share the faults of Assent's own verifier.

    python3 verify.py BUNDLE KEY [--json]

Exit code: 0 true, 1 false, 2 unusable.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 32
MAX_NUMBER = 2**53 - 1
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
# No control character, no white space of Unicode's, no plus.
NAME = re.compile(r"[^\x00-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


class Unusable(Exception):
    pass


# ---------------------------------------------------------------- bytes and text


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64std(data):
    return base64.b64encode(data).decode("ascii")


def from_base64url(text):
    """The bytes, or None for anything but their one spelling."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if base64url(data) == text else None


def from_base64(text):
    if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text) or len(text) % 4 != 0:
        return None
    data = base64.b64decode(text)
    return data if base64std(data) == text else None


def is_hash(text):
    data = from_base64url(text)
    return data is not None and len(data) == 32


def std_hash(text):
    data = from_base64(text)
    return data if data is not None and len(data) == 32 else None


def is_int(value):
    return type(value) is int


def whole_number(text):
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", text) or int(text) > MAX_NUMBER:
        return None
    return int(text)


def read_json(data):
    """The value, strictly read; Unusable for everything else."""

    def pairs(members):
        value = dict(members)
        if len(value) != len(members):
            raise ValueError("a name stands twice in an object")
        return value

    def integer(digits):
        if digits == "-0" or len(digits) > 17 or abs(int(digits)) > MAX_NUMBER:
            raise ValueError("not a whole number that can be relied on")
        return int(digits)

    def refuse(text):
        raise ValueError("not a whole number")

    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=pairs,
            parse_int=integer,
            parse_float=refuse,
            parse_constant=refuse,
        )
        level, depth = [value], 0
        while level:
            deeper = []
            for one in level:
                if isinstance(one, str):
                    one.encode("utf-8")
                elif isinstance(one, dict):
                    for name in one:
                        name.encode("utf-8")
                    deeper.append(one.values())
                elif isinstance(one, list):
                    deeper.append(one)
            depth += 1 if deeper else 0
            if depth > MAX_DEPTH:
                raise ValueError("too deep")
            level = [item for items in deeper for item in items]
        return value
    except (ValueError, RecursionError) as error:
        raise Unusable(str(error)) from None


def canonical(value):
    """The canonical form of RFC 8785, as text."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def has_exactly(value, *names):
    return isinstance(value, dict) and set(value) == set(names)


# ---------------------------------------------------------------- the tree


def leaf_hash(data):
    return sha256(b"\x00", data)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def split_of(size):
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(size, root, leaves, proof):
    """leaves: (index, hash), the first first."""
    last = -1
    for index, _ in leaves:
        if index <= last:
            return False
        last = index
    if last >= size:
        return False
    if size == 0:
        return not proof and root == sha256()
    next_leaf, next_node = 0, 0

    def over(start, count):
        nonlocal next_leaf, next_node
        if next_leaf == len(leaves) or leaves[next_leaf][0] >= start + count:
            if next_node == len(proof):
                raise IndexError
            next_node += 1
            return proof[next_node - 1]
        if count == 1:
            next_leaf += 1
            return leaves[next_leaf - 1][1]
        split = split_of(count)
        left = over(start, split)
        return node_hash(left, over(start + split, count - split))

    try:
        return over(0, size) == root and next_node == len(proof)
    except IndexError:
        return False


def verify_consistency(old_size, old_root, new_size, new_root, proof):
    """RFC 9162, section 2.1.4.2."""
    if old_size > new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == sha256()
    path = ([old_root] if old_size & (old_size - 1) == 0 else []) + list(proof)
    if not path:
        return False
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for node in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(node, fr), node_hash(node, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


# ---------------------------------------------------------------- notes


class Key:
    def __init__(self, name, public):
        self.name, self.public = name, public
        self.id = sha256(name.encode("utf-8"), b"\n\x01", public)[:4]

    def __str__(self):
        return "%s+%s+%s" % (self.name, self.id.hex(), base64std(b"\x01" + self.public))

    def same_as(self, other):
        return self.name == other.name and self.public == other.public


def is_name(name):
    return NAME.fullmatch(name) is not None


def parse_key(text):
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_name(parts[0]):
        return None
    data = from_base64(parts[2])
    if data is None or len(data) != 33 or data[0] != 1:
        return None
    key = Key(parts[0], data[1:])
    return key if parts[1] == key.id.hex() else None


def parse_note(note):
    """The text and the signatures as (name, id, signature), or None."""
    if CONTROL.search(note) or not note.endswith("\n"):
        return None
    end = note.rfind("\n\n")
    if end < 1:
        return None
    lines = note[end + 2 : -1].split("\n")
    if len(lines) > 100:
        return None
    signatures = []
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not is_name(parts[1]):
            return None
        data = from_base64(parts[2])
        if data is None or len(data) < 5:
            return None
        signatures.append((parts[1], data[:4], data[4:]))
    return note[: end + 1], signatures


def open_note(note, keys, verify_signature):
    """The text, if every one of the keys has signed it."""
    parsed = parse_note(note)
    if parsed is None:
        return None
    text, signatures = parsed
    for key in keys:
        own = [signature for name, key_id, signature in signatures if name == key.name and key_id == key.id]
        if not own or not all(verify_signature(key.public, text.encode("utf-8"), one) for one in own):
            return None
    return text


def openssl_verify(public, text, signature):
    """Whether OpenSSL takes the Ed25519 signature."""
    if len(signature) != 64:
        return False
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        der = bytes.fromhex("302a300506032b6570032100") + public
        for name, data in (("key", der), ("text", text), ("signature", signature)):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(data)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", paths["key"]]
        command += ["-in", paths["text"], "-sigfile", paths["signature"]]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def lines_of(text, count):
    """The lines of a text that has exactly so many, each with its newline; None otherwise."""
    lines = text.split("\n")
    return lines[:-1] if len(lines) == count + 1 and lines[-1] == "" else None


def parse_checkpoint(text):
    lines = lines_of(text, 3)
    if lines is None:
        return None
    size, root = whole_number(lines[1]), std_hash(lines[2])
    return None if size is None or root is None else {"origin": lines[0], "size": size, "root": root}


def parse_head(text):
    lines = lines_of(text, 9)
    if lines is None or lines[0] != "assent contact head v1" or not TIME.fullmatch(lines[7]):
        return None
    entries, last, size, root = whole_number(lines[3]), std_hash(lines[4]), whole_number(lines[5]), std_hash(lines[6])
    readable = None if lines[8] == "-" else std_hash(lines[8])
    if None in (entries, last, size, root) or (readable is None and lines[8] != "-"):
        return None
    return {
        "origin": lines[1],
        "contact": lines[2],
        "entries": entries,
        "last": last,
        "size": size,
        "root": root,
        "at": lines[7],
        "readable": readable,
    }


def parse_rotation(text):
    lines = lines_of(text, 7)
    if lines is None or lines[0] != "assent key rotation v1" or not TIME.fullmatch(lines[6]):
        return None
    old, new = parse_key(lines[2]), parse_key(lines[3])
    if old is None or new is None or whole_number(lines[4]) is None or std_hash(lines[5]) is None:
        return None
    return {"origin": lines[1], "old": old, "new": new}


# ---------------------------------------------------------------- the file


def read_bundle(data):
    if len(data) > MAX_BYTES:
        raise Unusable("the file is too large")
    bundle = read_json(data)

    def need(holds):
        if not holds:
            raise Unusable("the file is no attestation of format 2")

    def is_texts(value):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)

    names = ("format", "rotations", "checkpoint", "head", "entries", "disclosures", "inclusion", "artifacts", "readable")
    need(has_exactly(bundle, *names) and bundle["format"] == "assent-attestation/2")
    need(isinstance(bundle["checkpoint"], str) and isinstance(bundle["head"], str) and is_texts(bundle["rotations"]))
    need(isinstance(bundle["entries"], list) and all(isinstance(one, dict) for one in bundle["entries"]))
    need(is_texts(bundle["disclosures"]) and isinstance(bundle["artifacts"], list))
    inclusion = bundle["inclusion"]
    need(has_exactly(inclusion, "indexes", "proof") and isinstance(inclusion["indexes"], list))
    need(all(is_int(index) and index >= 0 for index in inclusion["indexes"]))
    proof = from_base64url(inclusion["proof"])
    need(proof is not None and len(proof) % 32 == 0)
    artifacts = []
    for artifact in bundle["artifacts"]:
        if isinstance(artifact, str):
            artifacts.append(artifact.encode("utf-8"))
        else:
            need(has_exactly(artifact, "base64"))
            content = from_base64url(artifact["base64"])
            need(content is not None)
            artifacts.append(content)
    need(bundle["readable"] is None or isinstance(bundle["readable"], dict))
    return {
        **bundle,
        "indexes": inclusion["indexes"],
        "proof": [proof[at : at + 32] for at in range(0, len(proof), 32)],
        "artifacts": artifacts,
    }


def is_entry(entry):
    texts = ("origin", "organization", "contact", "id", "event", "actor")
    names = texts + ("v", "seq", "prev", "transition", "occurredAt", "recordedAt", "facts", "sealed")
    if not has_exactly(entry, *names):
        return False

    def is_text(value):
        return isinstance(value, str) and value != ""

    def is_count(value):
        return is_int(value) and value >= 1

    def is_time(value):
        return isinstance(value, str) and TIME.fullmatch(value) is not None

    step = entry["transition"]
    if step is not None:
        if not has_exactly(step, "version", "from", "to", "cause") or not is_count(step["version"]):
            return False
        if not all(is_text(step[name]) for name in ("from", "to", "cause")):
            return False
    return (
        is_int(entry["v"])
        and entry["v"] == 1
        and all(is_text(entry[name]) for name in texts)
        and is_count(entry["seq"])
        and (entry["prev"] is None or is_hash(entry["prev"]))
        and is_time(entry["occurredAt"])
        and is_time(entry["recordedAt"])
        and isinstance(entry["facts"], dict)
        and isinstance(entry["sealed"], dict)
        and all(is_hash(digest) for digest in entry["sealed"].values())
    )


def open_disclosure(disclosure):
    """The name and the value, or None."""
    data = from_base64url(disclosure)
    if data is None:
        return None
    try:
        value = read_json(data)
    except Unusable:
        return None
    if not isinstance(value, list) or len(value) != 3:
        return None
    salt, name, value = value
    return (name, value) if isinstance(salt, str) and len(salt) >= 22 and isinstance(name, str) else None


# ---------------------------------------------------------------- the lifecycle

STATUSES = ("NOT_ASKED", "PENDING", "NO_RESPONSE", "OPTED_IN", "OPTED_OUT", "UNREACHABLE", "SUSPENDED")
LIFECYCLE = {
    "OptInRequested": dict.fromkeys(("NOT_ASKED", "PENDING", "NO_RESPONSE", "UNREACHABLE", "SUSPENDED"), "PENDING"),
    "OptInRequestFailed": {"PENDING": "BEFORE_REQUEST"},
    "OptInRequestUndeliverable": {"PENDING": "UNREACHABLE"},
    "OptInUnanswered": {"PENDING": "NO_RESPONSE"},
    "ConsentGiven": dict.fromkeys(("NOT_ASKED", "PENDING", "NO_RESPONSE", "OPTED_OUT", "UNREACHABLE"), "OPTED_IN"),
    "ConsentRefused": dict.fromkeys(("PENDING", "NO_RESPONSE"), "OPTED_OUT"),
    "ConsentWithdrawn": dict.fromkeys((one for one in STATUSES if one != "OPTED_OUT"), "OPTED_OUT"),
    "ConsentConfirmed": {"OPTED_IN": "OPTED_IN"},
    "IdentityChanged": {"OPTED_IN": "SUSPENDED"},
    "ConsentRecorded": dict.fromkeys(STATUSES, "OPTED_IN"),
    "WithdrawalRecorded": dict.fromkeys(STATUSES, "OPTED_OUT"),
    "ContactErased": dict.fromkeys(STATUSES, "OPTED_OUT"),
}
CAUSES = {
    "OptInRequestFailed": "NOT_DELIVERED",
    "OptInRequestUndeliverable": "UNDELIVERABLE",
    "OptInUnanswered": "NO_ANSWER",
    "ConsentRefused": "DECLINED",
    "ConsentWithdrawn": "WITHDRAWN",
    "ConsentConfirmed": "ACCEPTED",
    "IdentityChanged": "IDENTITY_CHANGED",
    "ConsentRecorded": "RECORDED",
    "WithdrawalRecorded": "RECORDED",
    "ContactErased": "ERASED",
}
WITHOUT_TRANSITION = {
    "OptInRequestAccepted",
    "WithdrawalRepeated",
    "ConsentRepeated",
    "SendingPaused",
    "ContactPrompted",
    "SwitchedToSms",
    "SmsStopped",
    "SmsStarted",
}
FORGETTING = {
    "ConsentGiven",
    "ConsentConfirmed",
    "ConsentRecorded",
    "ConsentRepeated",
    "ConsentRefused",
    "ConsentWithdrawn",
    "WithdrawalRecorded",
    "WithdrawalRepeated",
    "IdentityChanged",
}


def cause_of(event, status, facts):
    if event == "OptInRequested":
        first = is_int(facts.get("attempt")) and facts["attempt"] == 1
        return "OPT_IN_REQUESTED" if first else "OPT_IN_RESENT"
    if event == "ConsentGiven":
        return "OPTED_IN_AGAIN" if status == "OPTED_OUT" else "ACCEPTED"
    return CAUSES[event]


def follows_lifecycle(entries):
    status, count, requests, erased = "NOT_ASKED", 0, [], False
    for entry in entries:
        event, step, facts = entry["event"], entry["transition"], entry["facts"]
        request_id = facts.get("requestId")
        request_id = request_id if isinstance(request_id, str) else None
        if erased:
            return False
        if step is None:
            if event not in WITHOUT_TRANSITION:
                return False
        else:
            target = LIFECYCLE.get(event, {}).get(status)
            if target is None:
                return False
            if target == "BEFORE_REQUEST":
                asked = [request for request in requests if not request["failed"]]
                target = asked[-1]["from"] if asked else "NOT_ASKED"
            count += 1
            if step["from"] != status or step["to"] != target or step["version"] != count:
                return False
            if step["cause"] != cause_of(event, status, facts):
                return False
            if event == "OptInRequested":
                requests = (requests + [{"id": request_id, "from": status, "failed": False}])[-50:]
            status = target
        if event in ("OptInRequestFailed", "OptInRequestUndeliverable"):
            for request in requests:
                request["failed"] = request["failed"] or request["id"] == request_id
        if event in FORGETTING:
            requests = []
        erased = event == "ContactErased"
    return True


# ---------------------------------------------------------------- the checks


def signer_of(rotations, trusted, verify_signature):
    key, moved = trusted, False
    for note in rotations:
        parsed = parse_note(note)
        rotation = parsed and parse_rotation(parsed[0])
        if not rotation:
            return None
        old, new, origin = rotation["old"], rotation["new"], rotation["origin"]
        if not moved and not old.same_as(key):
            continue
        if not old.same_as(key) or old.name != origin or new.name != origin:
            return None
        if open_note(note, [old, new], verify_signature) is None:
            return None
        key, moved = new, True
    return key


def verify_bundle(data, key_text, verify_signature=openssl_verify):
    """(exit code, checks); a check is (name, verdict, detail)."""
    trusted = parse_key(key_text.strip(" \t\r\n"))
    if trusted is None:
        return 2, [("key", "FAILED", "The key is not one line of the form name+id+key.")]
    try:
        bundle = read_bundle(data)
    except Unusable as error:
        return 2, [("format", "FAILED", "Not an attestation of format 2: %s." % error)]

    checks = []

    def check(name, holds, detail):
        checks.append((name, "PASSED" if holds else "FAILED", detail))

    signer = signer_of(bundle["rotations"], trusted, verify_signature)
    check("key", signer is not None, "Each change of the key is signed by the old and the new key.")

    def signed(note, parse):
        text = signer and open_note(note, [signer], verify_signature)
        statement = parse(text) if text else None
        return statement if statement and statement["origin"] == signer.name else None

    checkpoint = signed(bundle["checkpoint"], parse_checkpoint)
    check("checkpoint", checkpoint is not None, "The tree head is signed by the log.")

    head = signed(bundle["head"], parse_head)
    hashes = [leaf_hash(canonical(entry).encode("utf-8")) for entry in bundle["entries"]]
    entries = bundle["entries"] if all(is_entry(entry) for entry in bundle["entries"]) else None
    holds = (
        head is not None
        and checkpoint is not None
        and bool(entries)
        and (head["size"], head["root"]) == (checkpoint["size"], checkpoint["root"])
        and head["entries"] == len(entries)
        and head["last"] == hashes[-1]
        and all(entry["contact"] == head["contact"] for entry in entries)
    )
    check("head", holds, "The log signed how many entries the contact has, and which is the last.")
    check("entries", entries is not None, "Each entry has the form of one.")

    holds = bool(entries) and signer is not None
    for at, entry in enumerate(entries or []):
        prev = None if at == 0 else base64url(hashes[at - 1])
        first = entries[0]
        holds = holds and entry["seq"] == at + 1 and entry["prev"] == prev and entry["origin"] == signer.name
        holds = holds and (entry["contact"], entry["organization"]) == (first["contact"], first["organization"])
    check("chain", holds, "Each entry names the one before it; none is missing.")

    holds = entries is not None and checkpoint is not None
    if holds:
        placed = [hashes[at] for at, entry in enumerate(entries) if entry["transition"] is not None]
        leaves = list(zip(bundle["indexes"], placed))
        holds = len(placed) == len(bundle["indexes"])
        holds = holds and verify_inclusion(checkpoint["size"], checkpoint["root"], leaves, bundle["proof"])
    check("inclusion", holds, "Each transition is in the tree of the checkpoint, at its place.")

    check("lifecycle", entries is not None and follows_lifecycle(entries), "Each transition is in the lifecycle.")

    times = [entry["recordedAt"] for entry in entries or []]
    holds = entries is not None and all(one <= other for one, other in zip(times, times[1:]))
    check("times", holds, "No entry was recorded before the one that it follows on.")

    disclosed = [(text, open_disclosure(text)) for text in bundle["disclosures"]]
    committed = [pair for entry in entries or [] for pair in entry["sealed"].items()]
    known, opened = set(committed), set()
    holds = entries is not None
    for text, disclosure in disclosed:
        pair = disclosure and (disclosure[0], base64url(sha256(text.encode("ascii"))))
        if pair not in known or pair in opened:
            holds = False
        else:
            opened.add(pair)
    undisclosed = [name for name, digest in committed if (name, digest) not in opened]
    check("disclosures", holds, "What is disclosed is what the entries commit to.")
    if undisclosed:
        checks.append(("undisclosed", "NOT_PROVEN", "Committed, undisclosed: " + ", ".join(undisclosed) + "."))

    values = [one[1] for _, one in disclosed if one and one[0].startswith("artifact.")]
    known = [one for one in values if isinstance(one, dict) and isinstance(one.get("sha256"), str) and is_int(one.get("size"))]
    named, present = {(one["sha256"], one["size"]) for one in known}, set()
    holds = len(known) == len(values)
    for content in bundle["artifacts"]:
        name = base64url(sha256(content))
        if name in present or (name, len(content)) not in named:
            holds = False
        present.add(name)
    check("artifacts", holds, "The bytes are those that the entries commit to.")
    missing = {one["sha256"] for one in known} - present
    if missing:
        checks.append(("missing", "NOT_PROVEN", "Disclosed without their bytes: %d." % len(missing)))

    if bundle["readable"] is None:
        checks.append(("readable", "NOT_PROVEN", "What is there for people to read was left out."))
    else:
        signed_hash = head and head["readable"]
        holds = signed_hash is not None and signed_hash == sha256(canonical(bundle["readable"]).encode("utf-8"))
        check("readable", holds, "The transcript is the one that was signed. It is derived: the entries count.")

    return (1 if any(verdict == "FAILED" for _, verdict, _ in checks) else 0), checks


def main(arguments):
    as_json = "--json" in arguments
    paths = [argument for argument in arguments if argument != "--json"]
    if len(paths) != 2:
        print("Usage: verify.py BUNDLE KEY [--json]", file=sys.stderr)
        return 2
    try:
        with open(paths[0], "rb") as file:
            data = file.read(MAX_BYTES + 1)
        with open(paths[1], "r", encoding="utf-8") as file:
            key = file.read(4096)
        code, checks = verify_bundle(data, key)
    except (OSError, UnicodeDecodeError) as error:
        print("verify.py: %s" % error, file=sys.stderr)
        return 2
    if as_json:
        names = ("name", "verdict", "detail")
        print(json.dumps({"outcome": ("TRUE", "FALSE", "UNUSABLE")[code], "checks": [dict(zip(names, c)) for c in checks]}))
    else:
        for name, verdict, detail in checks:
            print("%-11s %-12s %s" % (verdict, name, detail))
        print(("The attestation is true.", "The attestation is FALSE.", "The attestation can not be used.")[code])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
