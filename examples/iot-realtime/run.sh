#!/usr/bin/env bash
. "$(dirname "$0")/../common.sh"
export MQTT_URL="${MQTT_URL:-mqtt://127.0.0.1:1883}"

npm ci --silent --no-audit --no-fund
package function.zip app.py screens.py
apply
table=$(value table)

node screen.mjs "$(value screens)" >screen &
screen=$!
until_done grep -q connected screen

node devices.mjs

# The rooms of the table, once the warm ones are there.
rooms() {
  aws dynamodb scan --table-name "$table" --query 'sort_by(Items, &room.S)[].[room.S, temperature.N]' --output text >rooms
  [ "$(wc -l <rooms)" = 2 ]
}
until_done rooms
cat rooms
wait $screen
sort screen
