#!/usr/bin/env bash
# Checks the types of the dashboard, tests what it only thinks, and goes through it with Chromium
# against the real binary. Pictures of every page are written to target/screenshots.
set -euo pipefail

binary=$(realpath "${1:-target/debug/steading}")
cd "$(dirname "$0")"

rm -rf ../../target/screenshots
npm run --silent check
node --test --test-reporter=dot unit/
STEADING="$binary" node --test --test-reporter=spec journeys.test.js
