#!/bin/sh
# Fails where a committed *_templ.go is not what its .templ makes, or a bundle not what its scripts make, and names it. `make generate` mends it.
set -eu
cd internal
stale=0
(cd .. && go run ./internal/web/asset/generate -check internal/web/asset internal/widget) || stale=1
for source in $(find . -name '*.templ' | sed 's|^\./||'); do
	made=${source%.templ}_templ.go
	if ! ../.tools/templ generate -include-version=false -f "$source" -stdout 2>/dev/null | cmp -s - "$made"; then
		echo "internal/$made is stale: run make generate" >&2
		stale=1
	fi
done
exit $stale
