#!/bin/sh
# An academy of modules that do not know one another. See README.md beside this file.
set -eu
cd "$(dirname "$0")"
: "${STEADING_URL:=http://127.0.0.1:7070}" "${STEADING_TOKEN:?is needed, of an owner}" "${STEADING_TENANT:?is needed}"
: "${CHAT_PORT:=7081}" "${RECRUITING_PORT:=7082}"
export STEADING_URL STEADING_TENANT

ask() { # METHOD PATH [BODY]
    curl -sS --fail-with-body -X "$1" "$STEADING_URL$2" -H "Authorization: Bearer $STEADING_TOKEN" \
        -H "X-Tenant-ID: $STEADING_TENANT" -H 'Content-Type: application/json' -d "${3:-}"
}
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["'"$1"'"])'; }
receivers=''
trap 'for pid in $receivers; do kill "$pid" 2>/dev/null || true; done' EXIT

echo '1. A role, and a key for each module: no more than what it does.'
ask POST /api/roles '{"name": "candidate", "summary": "Sees requests", "permissions": ["requests:read"]}' >/dev/null
recruiting=$(ask POST /api/keys '{"name": "recruiting", "permissions": ["requests:*", "users:write"]}' | field token)
desk=$(ask POST /api/keys '{"name": "front desk", "permissions": ["audit:note", "people:read"]}' | field token)

echo '2. Who listens to what. The reply has the secret that signs, once.'
listen() { # NAME PATTERN PORT
    ask POST /api/subscriptions \
        "{\"name\": \"$1\", \"pattern\": \"$2\", \"target\": {\"webhook\": \"http://127.0.0.1:$3/\"}}" | field secret
}
placing=$(listen recruiting course.graduated "$RECRUITING_PORT")
telling=$(listen chat course.graduated "$CHAT_PORT")
welcoming=$(listen welcome user.created "$CHAT_PORT")
STEADING_KEY=$recruiting SECRETS=$placing python3 recruiting.py "$RECRUITING_PORT" &
receivers="$receivers $!"
STEADING_KEY=$desk SECRETS="$telling $welcoming" python3 chat.py "$CHAT_PORT" &
receivers="$receivers $!"
sleep 1

echo '3. Two students sign up; each is welcomed.'
ada=$(ask POST /api/users '{"email": "ada@academy.example", "name": "Ada"}' | field id)
bob=$(ask POST /api/users '{"email": "bob@academy.example", "name": "Bob"}' | field id)

echo '4. The course module publishes a fact. It knows nobody who listens.'
graduate() { # ID NAME SCORE
    ask POST /api/events "{\"type\": \"course.graduated\", \"subject\": \"$1\", \"idempotencyKey\": \"rust-101-$1\",
        \"payload\": {\"course\": \"rust-101\", \"name\": \"$2\", \"score\": $3}}" | field deliveries
}
echo "   delivered to $(graduate "$ada" Ada 91) and $(graduate "$bob" Bob 72)"

echo '5. Until everything has arrived.'
for _ in $(seq 100); do
    left=$(ask GET '/api/events?status=pending' | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["data"]))')
    [ "$left" = 0 ] && break
    sleep 0.1
done

echo '6. What came of it.'
show() { python3 -c 'import json, sys
for one in json.load(sys.stdin)["data"]: print("   " + "'"$1"'".format(**one))'; }
ask GET '/api/requests?sort=title' 2>/dev/null | show '{title}: {status}' || ask GET /api/requests | show '{title}: {status}'
ask GET /api/users | show '{name}: {role}'
ask GET '/api/audit?action=note.added' | show '{subject}: {after[text]}'
ask GET '/api/events?type=course.graduated' | show '{type} about {payload[name]}: {status}'
