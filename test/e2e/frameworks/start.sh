#!/bin/sh
# The handler of a function behind the Lambda Web Adapter: starts the web server.
exec node "$LAMBDA_TASK_ROOT/express.mjs"
