# Read by each run.sh: says which Hearth is used, and gives the script four small functions. What is exported already stays as it is.
set -euo pipefail
cd "$(dirname "$0")"
export AWS_ENDPOINT_URL="${AWS_ENDPOINT_URL:-http://127.0.0.1:4566}"
export AWS_REGION="${AWS_REGION:-us-east-1}" AWS_DEFAULT_REGION="${AWS_REGION:-us-east-1}"
export AWS_ACCESS_KEY_ID="${AWS_ACCESS_KEY_ID:-test}" AWS_SECRET_ACCESS_KEY="${AWS_SECRET_ACCESS_KEY:-test}"
export AWS_PAGER="" TF_IN_AUTOMATION=1 TF_CLI_ARGS="-no-color"

# The aws command; old versions do not read AWS_ENDPOINT_URL.
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }

# zip FILE PATHS…: a new archive.
package() { rm -f "$1" && zip -qrX "$@"; }

# Creates what main.tf says, or changes it.
apply() {
  [ -d .terraform ] || terraform init -input=false >/dev/null
  terraform apply -input=false -auto-approve | grep '^Apply complete'
}

value() { terraform output -raw "$1"; }

# Repeats a command for two minutes at most, until it succeeds: events arrive soon, not at once.
until_done() {
  local until=$((SECONDS + 120))
  until "$@" 2>error.txt; do
    [ $SECONDS -lt $until ] || { echo "did not succeed within two minutes: $*" && cat error.txt; return 1; } >&2
    sleep 1
  done
}

if [ "${1:-}" = --destroy ]; then
  terraform destroy -input=false -auto-approve | grep '^Destroy complete'
  exit
fi
