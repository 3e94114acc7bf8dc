#!/usr/bin/env bash
. "$(dirname "$0")/../common.sh"

package function.zip index.mjs
apply
bucket=$(value bucket)

# Lines of the log that tell of deleted objects; the function writes them.
deletions() { aws logs filter-log-events --log-group-name /aws/lambda/example-cleanup --filter-pattern '"deleted 2"' --query 'events[].message' --output text | grep .; }
until_done deletions
echo "left: $(aws s3api list-objects-v2 --bucket "$bucket" --query 'Contents[].Key' --output text)"
