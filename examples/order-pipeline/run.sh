#!/usr/bin/env bash
. "$(dirname "$0")/../common.sh"

package check.zip check.py
package ship.zip ship.rb
apply
orders=$(value orders) shipped=$(value shipped) dead=$(value dead)

# The second order is paid when it is looked at again; the third one is refused each time.
aws sqs send-message-batch --queue-url "$orders" --query 'length(Successful)' --entries '[
  {"Id":"1","MessageBody":"{\"id\":\"A-1\",\"amount\":25}"},
  {"Id":"2","MessageBody":"{\"id\":\"A-2\",\"amount\":7,\"paid\":\"later\"}"},
  {"Id":"3","MessageBody":"{\"id\":\"A-3\",\"amount\":0}"}]' >/dev/null

# take QUEUE QUERY: prints what the query finds in the next message of a queue, and deletes the message.
take() {
  aws sqs receive-message --queue-url "${!1}" --wait-time-seconds 20 --query 'Messages[0].[ReceiptHandle,Body]' --output text >message || return
  local handle body
  IFS=$'\t' read -r handle body <message
  [ "$handle" != None ] || return
  aws sqs delete-message --queue-url "${!1}" --receipt-handle "$handle"
  echo "$1: $(grep -o "$2" <<<"$body")"
}
until_done take shipped '"responsePayload":{[^}]*}'
until_done take shipped '"responsePayload":{[^}]*}'
until_done take dead '.*'
