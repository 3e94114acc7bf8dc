#!/usr/bin/env bash
. "$(dirname "$0")/../common.sh"

package function.zip app.py
apply
queue=$(value queue)

report() { aws sqs receive-message --queue-url "$queue" --wait-time-seconds 20 --query 'Messages[0].Body' --output text | grep -v '^None$'; }
until_done report
