"""Receives messages as docs/webhooks.md shows it, with the official library.

Reads one JSON object per line, {"secret", "body", "headers"}, and says of each whether it is let in.
"""

import json
import re
import sys

with open(sys.argv[1], encoding="utf-8") as document:
    exec(re.search(r"```python\n(.*?)```", document.read(), re.DOTALL).group(1))

for line in sys.stdin:
    sent = json.loads(line)
    message = receive(sent["secret"], sent["body"].encode(), sent["headers"])  # noqa: F821
    print("refused" if message is None else json.dumps(message, separators=(",", ":"), ensure_ascii=False))
