#!/usr/bin/env bash
. "$(dirname "$0")/../common.sh"

package function.zip index.mjs
apply
# Terraform's invoke_url is one of AWS. This path leads to the API's stage whatever Hearth's host is called.
notes=$AWS_ENDPOINT_URL/_hearth/api/$(value api)/live/notes

# ask METHOD URL [BODY]: prints the status and the body.
ask() { curl -sS -X "$1" -H 'content-type: application/json' ${3:+-d "$3"} -w '%{http_code}' -o answer.json "$2" && printf ' ' && cat answer.json && echo; }

ask POST "$notes" '{"text":"bread and butter"}'
id=$(sed 's/.*"id":"\([^"]*\)".*/\1/' answer.json)
ask GET "$notes/$id"
ask GET "$notes"
ask POST "$notes" '{}'
ask DELETE "$notes/$id"
ask GET "$notes/$id"
