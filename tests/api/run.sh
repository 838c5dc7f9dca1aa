#!/usr/bin/env bash
# Lets schemathesis call every operation of /api/openapi.json with what its schemas allow and with
# what they do not, against the real binary in an empty directory. It finds no server error and no
# reply that the document does not announce. Then it reads what the server counted of all that.
set -euo pipefail

binary=$(realpath "${1:-target/debug/steading}")
schemathesis=$(realpath .venv/bin/st)
python=$PWD/.venv/bin/python
figures=$PWD/tests/api/metrics.py
work=$(mktemp -d)
cleanup() {
    [ -n "${pid:-}" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work"

"$binary" account create --email ada@example.org --owner >/dev/null
"$binary" tenant create acme >/dev/null
# It asks faster than people do.
STEADING__LIMITS__RATES=false "$binary" --json serve --listen 127.0.0.1:0 >banner.json 2>server.log &
pid=$!
for _ in $(seq 100); do
    [ -s banner.json ] && "$binary" healthcheck --url "$(python3 -c 'import json; print(json.load(open("banner.json"))["url"])')" >/dev/null 2>&1 && break
    sleep 0.1
done
url=$(python3 -c 'import json; print(json.load(open("banner.json"))["url"])')
token=$("$binary" token create --account ada@example.org)

checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance,ignored_auth,use_after_free

examine() {
    "$schemathesis" run "$url/api/openapi.json" "$@" \
        --header "Authorization: Bearer $token" --header "X-Tenant-ID: acme" \
        --phases examples,coverage,fuzzing,stateful --max-examples "${MAX_EXAMPLES:-40}" --seed 1 \
        --checks "$checks" \
        --no-color
}

# Tenants come last: on the way it suspends and deletes the one that the others work in.
# Some operations wait on purpose: a claim for a job, and the streams for what happens.
examine --exclude-path-regex '^/api/(tenants|jobs/(claim|stream)$|events/stream$|logs/stream$)'
examine --include-path-regex '^/api/tenants'

"$python" "$figures" "$url" "$token"

if grep -E 'ERROR|panicked' server.log; then
    echo "The server's log has errors."
    exit 1
fi
