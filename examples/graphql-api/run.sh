#!/usr/bin/env bash
. "$(dirname "$0")/../common.sh"

npm ci --silent --no-audit --no-fund
package function.zip index.mjs package.json node_modules
apply
url=$(value url)

# ask JSON: sends a GraphQL request, and prints the answer.
ask() { curl -sS -H 'content-type: application/json' -d "$1" "$url" && echo; }

ask '{"query":"{ book(id: 2) { title author { name } } }"}'
ask '{"query":"query By($name: String) { books(author: $name) { title } }","variables":{"name":"Ursula K. Le Guin"}}'
ask '{"query":"mutation { addBook(title: \"The Cyberiad\", author: \"Stanisław Lem\") { id author { books { title } } } }"}'
ask '{"query":"{ book(id: 1) { isbn } }"}'
