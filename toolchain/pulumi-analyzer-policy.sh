#!/bin/sh
# Starts a policy pack written for Node. The official release carries such a script; its Go module does not.
# The CLI runs it in the folder of the pack, from which Node finds the SDK in this or a parent's node_modules.
set -e
runner=$(node -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack")')
exec node "$runner" "$@"
