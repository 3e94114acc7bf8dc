#!/bin/sh
# Writes keys and passwords of your own to .env beside docker-compose.yml, once, and prints the lines that log a shell in.
# Run it again to see the lines again; an existing .env keeps every line, and gets a master key when it is from a version that had none.
set -eu
cd "$(dirname "$0")/.."

random() { # letters and digits, $1 of them
  LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$1"
}

if [ ! -e .env ]; then
  data=${HEARTH_DATA_DIR:-$PWD/.hearth/compose}
  mkdir -p "$data/blobs" "$data/objects"
  # The processes that face clients and functions are not root.
  uid=$(id -u) gid=$(id -g)
  if [ "$uid" = 0 ]; then
    uid=10001 gid=10001
    chown "$uid:$gid" "$data" "$data/blobs" "$data/objects"
  fi
  umask 077
  cat >.env.new <<EOF
# Written by deploy/first-run.sh. Keep it, and a copy elsewhere: whoever has it owns this Hearth, and without HEARTH_MASTER_KEY
# the secrets in the database cannot be read again.
HEARTH_ACCESS_KEY_ID=HEARTH$(random 14 | tr 'a-z' 'A-Z')
HEARTH_SECRET_ACCESS_KEY=$(random 40)
HEARTH_MASTER_KEY=$(random 43)
POSTGRES_PASSWORD=$(random 32)
REDIS_PASSWORD=$(random 32)
GRAFANA_PASSWORD=$(random 24)
HEARTH_DATA_DIR=$data
HEARTH_UID=$uid
HEARTH_GID=$gid
EOF
  mv .env.new .env
fi

# What an .env of an earlier version lacks.
grep -q '^HEARTH_MASTER_KEY=.' .env || echo "HEARTH_MASTER_KEY=$(random 43)" >>.env
grep -q '^REDIS_PASSWORD=.' .env || echo "REDIS_PASSWORD=$(random 32)" >>.env

. ./.env
for folder in blobs objects; do
  [ ! -e "$HEARTH_DATA_DIR/$folder" ] || continue
  mkdir -p "$HEARTH_DATA_DIR/$folder"
  [ "$(id -u)" != 0 ] || chown "$HEARTH_UID:$HEARTH_GID" "$HEARTH_DATA_DIR/$folder"
done
cat <<EOF
export AWS_ENDPOINT_URL=http://127.0.0.1:${HEARTH_PUBLISHED:-4566} AWS_REGION=${HEARTH_REGION:-us-east-1} AWS_DEFAULT_REGION=${HEARTH_REGION:-us-east-1}
export AWS_ACCESS_KEY_ID=$HEARTH_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$HEARTH_SECRET_ACCESS_KEY
EOF
