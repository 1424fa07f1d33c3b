#!/bin/sh
# Runs the command of a container. A secret may come as a file: PREFECT_API_AUTH_STRING_FILE=/run/secrets/log-in sets
# PREFECT_API_AUTH_STRING to what the file holds. So it stands in no image, no compose file and no argument.
set -eu

secrets="PREFECT_API_AUTH_STRING PREFECT_API_KEY PREFECT_SERVER_API_AUTH_STRING PREFECT_SERVER_DATABASE_PASSWORD \
PGPASSWORD $(env | sed -n 's/^\(BALLAST_[A-Z0-9_]*\)_FILE=.*/\1/p')"

for name in $secrets; do
    eval "file=\${${name}_FILE:-} given=\${$name:-}"
    [ -n "$file" ] || continue
    if [ -n "$given" ]; then
        echo "$name and ${name}_FILE are both set: leave one of the two out." >&2
        exit 2
    fi
    if [ ! -r "$file" ]; then
        echo "${name}_FILE: $file cannot be read by user $(id -u): let that user read it." >&2
        exit 2
    fi
    value=$(cat "$file")
    export "$name=$value"
    unset "${name}_FILE"
done

exec "$@"
