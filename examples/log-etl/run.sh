#!/usr/bin/env bash
. "$(dirname "$0")/../common.sh"

package function.zip app.py
apply
bucket=$(value bucket)

lines=("192.0.2.7 ada 10:00:01 GET /cart 200 512" "192.0.2.9 - 10:00:02 GET /healthz 200 2" "192.0.2.8 bob 10:00:03 POST /orders 503 0" "not a line of the access log")
events=$(printf '%s\n' "${lines[@]}" | sed "s/.*/{\"timestamp\":$(date +%s)000,\"message\":\"&\"}/" | paste -sd,)
aws logs put-log-events --log-group-name "$(value group)" --log-stream-name web-1 --log-events "[$events]" >/dev/null

# An object is there once this finds a key.
rows() { aws s3 cp --only-show-errors --recursive "s3://$bucket/" rows && find rows -name '*.json' | grep -q .; }
rm -rf rows && until_done rows
find rows -name '*.json' | sort | tail -n 1 | sed 's:^rows/::'
cat "$(find rows -name '*.json' | sort | tail -n 1)"
