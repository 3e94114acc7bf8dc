#!/bin/sh
# AWS's images start their runtime with this file. In a sandbox Hearth has started the runtime already: here it runs the command that it is given.
exec "$@"
