#!/usr/bin/env python3
"""A worker outside, with nothing but the standard library: python3 worker.py QUEUE..."""
import json, os, signal, sys, threading, time, urllib.error, urllib.request

URL, TOKEN = os.environ["STEADING_URL"], os.environ["STEADING_TOKEN"]
LEASE = 30
stopping = threading.Event()


def call(path, body):
    headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"}
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)["data"]


def handle(job, cancelled):
    """Your work. What it returns is the result; what it raises fails the attempt."""
    if job["jobName"] == "demo.sleep":
        end = time.time() + job["payload"].get("seconds", 1)
        while time.time() < end:
            if cancelled.wait(0.05):
                raise RuntimeError("cancelled")
        return {"slept": job["payload"].get("seconds", 1)}
    raise RuntimeError("I do not know " + job["jobName"])


def beat(job, over, cancelled):
    while not over.wait(LEASE / 3):
        try:
            told = call(f"/api/jobs/{job['id']}/heartbeat", {"lease": job["lease"], "leaseSeconds": LEASE})
            if told["cancelRequested"]:
                cancelled.set()
        except urllib.error.HTTPError as error:
            if error.code == 409:  # The lease is over: somebody else does it now.
                cancelled.set()
        except OSError:
            pass  # The server is away; the lease may outlast that.


def work(job):
    over, cancelled = threading.Event(), threading.Event()
    threading.Thread(target=beat, args=(job, over, cancelled), daemon=True).start()
    try:
        word, body = "complete", {"lease": job["lease"], "result": handle(job, cancelled)}
    except Exception as error:
        word, body = "fail", {"lease": job["lease"], "error": str(error) or repr(error)}
    over.set()
    print(word, job["id"], call(f"/api/jobs/{job['id']}/{word}", body)["state"], flush=True)


signal.signal(signal.SIGINT, lambda *_: stopping.set() or print("finishing", flush=True))
signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
while not stopping.is_set():
    try:
        for job in call("/api/jobs/claim", {"queues": sys.argv[1:], "leaseSeconds": LEASE, "waitSeconds": 5}):
            work(job)
    except (OSError, urllib.error.HTTPError) as error:
        print("trying again:", error, file=sys.stderr, flush=True)
        stopping.wait(1)
