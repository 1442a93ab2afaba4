"""A receiver in Python, without a library. Run it: WEBHOOK_SECRET=whsec_… python3 receive_webhook.py"""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_S = 5 * 60
# While a secret is being rotated both may stand here, with a space between them.
SECRETS = os.environ.get("WEBHOOK_SECRET", "").split()


def is_signed(headers, body: bytes, now=None) -> bool:
    """Whether a request comes from Catwalk, now. `body` are the bytes as they came: never parse first."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdigit():
        return False
    if abs((now or time.time()) - int(timestamp)) > TOLERANCE_S:
        return False
    sent = [part[3:] for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    signed = f"{message_id}.{timestamp}.".encode() + body
    for secret in SECRETS:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if any(hmac.compare_digest(made.encode(), one.encode()) for one in sent):
            return True
    return False


# Deliveries come at least once. In earnest this is a unique column in your database.
SEEN = set()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_signed(self.headers, body):
            self.send_response(401)
            self.end_headers()
            return
        message_id = self.headers["webhook-id"]
        if message_id not in SEEN:
            SEEN.add(message_id)
            event = json.loads(body)
            print(event["type"], event["tryOnId"] or event["batchId"] or "", flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "4000"))
    server = HTTPServer(("127.0.0.1", port), Receiver)
    print(f"listening on {port}", flush=True)
    server.serve_forever()
