"""Reads the figures under /metrics with the parser of Prometheus' own library, and looks whether they hold together.

Where promtool is installed, it is asked too.
"""

import math
import shutil
import subprocess
import sys
from urllib.request import Request, urlopen

from prometheus_client.parser import text_string_to_metric_families

url, token = sys.argv[1:]
with urlopen(Request(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"})) as reply:
    page = reply.read()
families = list(text_string_to_metric_families(page.decode()))
assert len(families) > 30, f"only {len(families)} figures"
for family in families:
    assert family.type in ("counter", "gauge", "histogram"), f"{family.name} is a {family.type}"
    assert family.documentation.endswith("."), f"{family.name} does not say what it is"
    seen = set()
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        assert key not in seen, f"{key} is there twice"
        seen.add(key)
        assert math.isfinite(sample.value) and sample.value >= 0, f"{key} is {sample.value}"
        if family.type == "histogram" and sample.name.endswith("_bucket"):
            assert float(sample.labels["le"]) > 0, f"{key} has no bound"
names = [family.name for family in families]
assert len(names) == len(set(names)), "a figure is there twice"
if promtool := shutil.which("promtool"):
    subprocess.run([promtool, "check", "metrics"], input=page, check=True)
print(f"{len(families)} figures are as Prometheus reads them.")
