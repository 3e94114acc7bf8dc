#!/usr/bin/env bash
. "$(dirname "$0")/../common.sh"

npm ci --silent --no-audit --no-fund
package function.zip index.mjs shrink.mjs package.json node_modules
apply
bucket=$(value bucket)

aws s3 cp --only-show-errors photo.png "s3://$bucket/uploads/photo of a fire.png"
until_done aws s3 cp --only-show-errors "s3://$bucket/thumbnails/photo of a fire.png" thumbnail.png

# size FILE: width and height, which are bytes 17 to 24 of a PNG.
size() { od -An -j16 -N8 -tu1 "$1" | awk '{ print $3 * 256 + $4 " x " $7 * 256 + $8 }'; }
echo "photo.png: $(size photo.png), thumbnail.png: $(size thumbnail.png)"
