#!/usr/bin/env python3
"""Makes vectors.json: tokens that the official biscuit tools narrowed, and what becomes of them.

The base token is Steading's own, made by its command line. Everything after it is the tools':
none of Steading's code narrows here. README.md says which versions and how to call this.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import biscuit_auth

STEADING = os.environ.get("STEADING", "target/debug/steading")
BISCUIT = os.environ.get("BISCUIT", "biscuit")

# Of no instance but the tests'.
ROOT = "5d1e7c0f8a3b49d6a2c4e6f80123456789abcdef0fedcba98765432100112233"
OTHER = "00f1e2d3c4b5a69788796a5b4c3d2e1f0112233445566778899aabbccddeeff0"
REQUEST = "0198c1de-7a3b-7c4d-8e5f-60718293a4b5"

# What the test asks of the server, each time with the token that is tried.
EVERYTHING = ["list", "show", "open", "elsewhere", "later"]

# The token's own language, and what it allows of EVERYTHING: a list and one request of the tenant
# acme, a new request there, a list in the tenant other, and the first again two hours later.
NARROWED = [
    ("an operation", ['check if operation("requests:read")'], ["list", "show", "elsewhere", "later"]),
    ("another operation", ['check if operation("requests:write")'], ["open"]),
    ("one of two operations", ['check if operation("requests:read") or operation("requests:write")'], EVERYTHING),
    ("a beginning of the operation", ['check if operation($o), $o.starts_with("requests:")'], EVERYTHING),
    ("an end of the operation", ['check if operation($o), $o.ends_with(":write")'], ["open"]),
    ("a set of operations", ['check if operation($o), {"requests:read", "audit:read"}.contains($o)'],
     ["list", "show", "elsewhere", "later"]),
    ("an array of operations", ['check if operation($o), ["requests:write"].contains($o)'], ["open"]),
    ("not this operation", ['check if operation($o), !$o.starts_with("requests:w")'],
     ["list", "show", "elsewhere", "later"]),
    ("a resource", [f'check if resource("requests/{REQUEST}")'], ["show"]),
    ("a beginning of the resource", ['check if resource($r), $r.starts_with("requests/")'], ["show"]),
    ("a part of the resource", ['check if resource($r), $r.contains("c1de-7a3b")'], ["show"]),
    ("a resource of another", ['check if resource("requests/0198c1de-0000-7c4d-8e5f-60718293a4b5")'], []),
    ("a method", ['check if method("GET")'], ["list", "show", "elsewhere", "later"]),
    ("another method", ['check if method("POST")'], ["open"]),
    ("until then", ["check if time($t), $t < 2026-01-01T01:00:00Z"], ["list", "show", "open", "elsewhere"]),
    ("from then on", ["check if time($t), $t >= 2026-01-01T01:00:00Z"], ["later"]),
    ("a tenant", ['check if tenant("acme")'], ["list", "show", "open", "later"]),
    ("another tenant", ['check if tenant("other")'], ["elsewhere"]),
    ("one of two tenants", ['check if tenant("acme") or tenant("other")'], EVERYTHING),
    ("two facts at once", ['check if operation("requests:read"), tenant("acme")'], ["list", "show", "later"]),
    ("and", ['check if resource($r), $r.starts_with("requests") && $r != "requests"'], ["show"]),
    ("or within", ['check if resource($r), $r == "requests" || $r.starts_with("no")'],
     ["list", "open", "elsewhere", "later"]),
    ("and, or and not", ['check if operation($o), method($m), ($m == "GET" && $o == "requests:read") || !($m == "GET")'],
     EVERYTHING),
    ("all of them", ['check all method($m), $m == "GET"'], ["list", "show", "elsewhere", "later"]),
    ("reject", ['reject if method("POST")'], ["list", "show", "elsewhere", "later"]),
    ("reject two", ['reject if method("POST"); reject if tenant("other")'], ["list", "show", "later"]),
    ("several checks", ['check if operation("requests:read"); check if tenant("acme"); check if resource("requests")'],
     ["list", "later"]),
    ("two blocks", ['check if operation("requests:read")', 'check if tenant("acme")'], ["list", "show", "later"]),
    ("a wider second block", ['check if method("POST")', "check if true"], ["open"]),
    ("four blocks", ['check if tenant("acme")', 'check if method("GET")', 'check if resource($r), $r.starts_with("requests/")',
                     "check if time($t), $t < 2026-01-01T01:00:00Z"], ["show"]),
    ("eight checks", ["; ".join(['check if method("GET")'] * 8)], ["list", "show", "elsewhere", "later"]),
    ("eight expressions", ['check if operation($o), ' + ", ".join(f'$o != "o{n}"' for n in range(8))], EVERYTHING),
    ("thirty steps", ["check if 15 == " + " + ".join(["1"] * 15)], EVERYTHING),
    ("arithmetic", ["check if 2 * 3 + 4 == 10"], EVERYTHING),
    ("nothing", ["check if false"], []),
    ("a fact that no server gives", ['check if admin("yes")'], []),
    ("division by zero", ["check if 1 / 0 == 1"], []),
    ("an overflow", ["check if 9223372036854775807 + 1 == 0"], []),
    ("a comparison of types that differ", ["check if method($m), $m > 1"], []),
    ("a function of the verifier", ["check if method($m), $m.extern::known()"], []),
    ("an empty block", [""], EVERYTHING),
]

FACTS = " ".join(["n(%d);" % n for n in range(150)])
PAIR = "ed25519/acdd6d5b53bfee478bf689f8e012fe7988bf755e3d7c5152947abc149bc20189"
SET = "{" + ", ".join(str(n) for n in range(40)) + "}"


def nested(depth):
    inner = "1 == 2"
    for level in range(depth):
        inner = f"{SET}.any($x{level} -> {inner})"
    return f"check if {inner}"


# Blocks that are refused, each with words of the reason.
HOSTILE = [
    ("ten joined predicates", ["check if " + ", ".join(f"operation($o{n})" for n in range(10)) + ", 1 == 2"],
     "joins more than 2 predicates"),
    ("three joined predicates", ["check if tenant($a), tenant($b), tenant($c)"], "joins more than 2 predicates"),
    ("joins in the last alternative", ["check if true or tenant($a), tenant($b), tenant($c)"], "joins more than 2 predicates"),
    ("joins that reject", ["reject if tenant($a), tenant($b), tenant($c)"], "joins more than 2 predicates"),
    ("a hundred and fifty facts", [FACTS], "checks only"),
    ("facts and a join of them", [FACTS + "check if n($a), n($b), n($c), n($d), 1 == 2"], "checks only"),
    ("a forged operation", ['operation("requests:write")'], "checks only"),
    ("a forged subject", ['subject("operator")'], "checks only"),
    ("a later end", ["expires(2099-01-01T00:00:00Z)"], "checks only"),
    ("a rule", ['operation("requests:write") <- tenant($t)'], "checks only"),
    ("a rule that feeds itself", ["n(0, 1); n($b, $c) <- n($a, $b), n($c, $a)"], "checks only"),
    ("trusting previous", ['check if operation("requests:read") trusting previous'], "names a scope"),
    ("trusting authority", ['check if operation("requests:read") trusting authority'], "names a scope"),
    ("trusting a key", [f'check if operation("requests:read") trusting {PAIR}'], "names a scope"),
    ("matches", ['check if operation($o), $o.matches("^(a+)+$")'], "a regular expression"),
    ("matches behind or", ['check if false || "a".matches("b")'], "a regular expression"),
    ("reject one of two", ['reject if method("POST") or tenant("other")'], "a reject of it has alternatives"),
    ("any", ["check if {1, 2}.any($x -> $x > 1)"], "a closure"),
    ("all", ["check if [1, 2].all($x -> $x > 0)"], "a closure"),
    ("closures in closures", [nested(4)], "a closure"),
    ("a deep expression", ["check if " + "(" * 60 + "1" + ")" * 60 + " == 1"], "more than 32 steps"),
    ("a long expression", ["check if 40 == " + " + ".join(["1"] * 40)], "more than 32 steps"),
    ("a long row of or", ["check if " + " || ".join(["false"] * 40)], "more than 32 steps"),
    ("nine checks", ["; ".join(['check if method("GET")'] * 9)], "more than 8 checks"),
    ("five alternatives", ["check if " + " or ".join(f'operation("o{n}")' for n in range(5))], "more than 4 alternatives"),
    ("nine expressions", ["check if operation($o), " + ", ".join(f'$o != "o{n}"' for n in range(9))], "more than 8 expressions"),
    ("a bomb behind an honest block", ['check if method("GET")', "check if tenant($a), tenant($b), tenant($c)"],
     "joins more than 2 predicates"),
    ("six blocks", ['check if method("GET")'] * 5, "more than 5 blocks"),
    ("twenty blocks", ["check if true"] * 20, "more than 5 blocks"),
    ("a long string", ['check if operation("%s")' % ("x" * 3000)], "larger than 4 KB"),
    ("five hundred facts", [" ".join(f"n({n});" for n in range(500))], "larger than 4 KB"),
]

DAMAGED = "damaged, or another server signed it"
FOREIGN = "does not say what this server's tokens say"


def run(*command, given=""):
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout.strip()


def by_command_line(token, blocks):
    for block in blocks:
        token = run(BISCUIT, "attenuate", "-", "--block", block, given=token)
    return token


def by_python(token, blocks):
    public = biscuit_auth.KeyPair.from_private_key(biscuit_auth.PrivateKey(f"ed25519-private/{ROOT}")).public_key
    held = biscuit_auth.Biscuit.from_base64(token, public)
    for block in blocks:
        held = held.append(biscuit_auth.BlockBuilder(block))
    return held.to_base64()


def signed(words, private, key="1", algorithm="ed25519"):
    with tempfile.NamedTemporaryFile("w", suffix=".datalog") as file:
        file.write(words)
        file.flush()
        command = [BISCUIT, "generate", "--private-key", f"{algorithm}-private/{private}", file.name]
        return run(*command, *(["--root-key-id", key] if key else []))


def base_token():
    """The root key goes where the instance looks for it; the rest is as an operator does it."""
    with tempfile.TemporaryDirectory() as work:
        data = Path(work, "data")
        (data / "keys").mkdir(parents=True)
        (data / "keys" / "1.ed25519").write_text(ROOT + "\n")
        steading = lambda *words: run(STEADING, "--json", "--data", str(data), *words)
        account = json.loads(steading("account", "create", "--email", "ada@example.org"))["id"]
        made = json.loads(steading("token", "create", "--account", "ada@example.org", "--expires", "3650d"))
        return account, made["token"]


def raw(token):
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def text(token):
    return base64.urlsafe_b64encode(token).decode()


def main():
    cli = run(BISCUIT, "--version")
    python = "biscuit-python " + run(sys.executable, "-m", "pip", "show", "biscuit-python").split("Version: ")[1].split("\n")[0]
    account, base = base_token()
    tools = [(cli, by_command_line), (python, by_python)]

    narrowed = [{"name": name, "by": by, "blocks": blocks, "allows": allows, "token": narrow(base, blocks)}
                for name, blocks, allows in NARROWED for by, narrow in tools]
    narrowed += [
        {"name": "not narrowed", "by": "Steading", "blocks": [], "allows": EVERYTHING, "token": base},
        {"name": "a time to live", "by": cli, "blocks": ["--add-ttl 2026-01-01T01:00:00Z"],
         "allows": ["list", "show", "open", "elsewhere"],
         "token": run(BISCUIT, "attenuate", "-", "--block", "", "--add-ttl", "2026-01-01T01:00:00Z", given=base)},
        {"name": "sealed", "by": cli, "blocks": [], "allows": EVERYTHING, "token": run(BISCUIT, "seal", "-", given=base)},
        {"name": "narrowed and sealed", "by": cli, "blocks": ['check if method("GET")'],
         "allows": ["list", "show", "elsewhere", "later"],
         "token": run(BISCUIT, "seal", "-", given=by_command_line(base, ['check if method("GET")']))},
        {"name": "by one tool and then by the other", "by": f"{cli}, {python}",
         "blocks": ['check if operation("requests:read")', 'check if tenant("acme")'], "allows": ["list", "show", "later"],
         "token": by_python(by_command_line(base, ['check if operation("requests:read")']), ['check if tenant("acme")'])},
    ]

    refused = [{"name": name, "by": by, "reason": reason, "token": narrow(base, blocks)}
               for name, blocks, reason in HOSTILE for by, narrow in tools]
    words = run(BISCUIT, "inspect", "--json", "-", given=base)
    words = json.loads(words)["token"]["blocks"][0]["code"]
    past = words.replace(words.split("expires(")[1].split(")")[0], "2025-12-31T00:00:00Z")
    honest = by_command_line(base, ['check if method("GET")'])
    sealed = run(BISCUIT, "seal", "-", given=base)

    request = run(BISCUIT, "generate-third-party-block-request", "-", given=base)
    third = run(BISCUIT, "generate-third-party-block", "-", "--private-key", f"ed25519-private/{OTHER}",
                "--block", 'check if operation("requests:read")', given=request)
    third = run(BISCUIT, "append-third-party-block", "-", "--block-contents", third, given=base)
    p256 = run(BISCUIT, "keypair", "--key-algorithm", "secp256r1", "--only-private-key").split("/")[-1]
    add = lambda name, reason, token, by=cli: refused.append({"name": name, "by": by, "reason": reason, "token": token})
    add("a third party's block", "a third party's block", third)
    add("expired", "has expired", signed(past, ROOT))
    add("the same words under another key", DAMAGED, signed(words, OTHER))
    add("the same words under another key, narrowed", DAMAGED, by_command_line(signed(words, OTHER), ["check if true"]))
    add("a key that nobody has", DAMAGED, signed(words, ROOT, key="7"))
    add("no key named", DAMAGED, signed(words, ROOT, key=""))
    add("a key of another kind", DAMAGED, signed(words, p256, algorithm="secp256r1"))
    add("other words under the right key", FOREIGN, signed('user("ada")', ROOT))
    add("two subjects under the right key", FOREIGN, signed(words + '\nsubject("operator");', ROOT))

    whole, cut = raw(base), raw(honest)
    for name, damaged in [
        ("cut in the middle", cut[: len(cut) // 2]),
        ("cut by a byte", cut[:-1]),
        ("without its beginning", cut[1:]),
        ("a byte too many", cut + b"\0"),
        ("twice", cut + cut),
        ("without its last block", whole[:-34] + cut[-34:]),
        ("sealed, with the end of another", raw(sealed)[:-66] + cut[-34:]),
    ]:
        add(name, DAMAGED, text(damaged), "bytes")
    for part in range(1, 16):
        flipped = bytearray(cut)
        flipped[len(cut) * part // 16] ^= 1 << (part % 8)
        add(f"a flipped bit at {part}/16", DAMAGED, text(bytes(flipped)), "bytes")
    add("not base64", DAMAGED, base[:-9] + "!" + base[-8:], "bytes")
    add("with a space", DAMAGED, base[:40] + " " + base[40:], "bytes")
    add("a word", DAMAGED, "rubbish", "bytes")

    out = {
        "rootKey": {"id": 1, "private": ROOT, "public": run(BISCUIT, "keypair", "--from-private-key", f"ed25519-private/{ROOT}",
                                                           "--only-public-key").split("/")[-1]},
        "account": account, "request": REQUEST, "narrowed": narrowed, "refused": refused,
    }
    Path(__file__).with_name("vectors.json").write_text(json.dumps(out, indent=1) + "\n")
    print(f"{len(narrowed)} narrowed, {len(refused)} refused")


main()
