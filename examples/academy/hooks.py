"""What both receivers need: a signed webhook in, calls to Steading out. Nothing but the standard library."""
import base64, hashlib, hmac, http.server, json, os, time, urllib.request

URL = os.environ["STEADING_URL"]
KEY = os.environ["STEADING_KEY"]
TENANT = os.environ["STEADING_TENANT"]
SECRETS = [base64.b64decode(secret.removeprefix("whsec_")) for secret in os.environ["SECRETS"].split()]


def call(method, path, body=None, once=None):
    """Asks Steading. With `once` a repeat of the same delivery does nothing twice."""
    headers = {"Authorization": "Bearer " + KEY, "X-Tenant-ID": TENANT, "Content-Type": "application/json"}
    if once:
        headers["Idempotency-Key"] = once
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)["data"]


def is_genuine(headers, body):
    """Whether one of our secrets signed it, within five minutes of now."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    given = [word.removeprefix("v1,") for word in headers["webhook-signature"].split()]
    own = [base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in SECRETS]
    is_recent = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return is_recent and any(hmac.compare_digest(one, another) for one in own for another in given)


def serve(port, handlers):
    """Answers 204 when the event's handler went well, and 500 when it did not: then it comes again."""

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            if not is_genuine(self.headers, body):
                return self.answer(401)
            event = json.loads(body)
            try:
                handlers[event["type"]](event)
                self.answer(204)
            except Exception as error:
                print("failed:", error, flush=True)
                self.answer(500)

        def answer(self, status):
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
