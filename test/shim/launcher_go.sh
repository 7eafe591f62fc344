#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: timeout 400
#
# launcher_go.sh - Go programs, which make their system calls themselves
#
#	Go, 200 clients and a server ── launcher ── loop_service
. "$(dirname "$0")/common"
need go
start_service
make_home
launched true || skip 'no seccomp notification here'

# Compiled without a network, in a cache of its own.
cp "$source/test/shim/go/main.go" "$work/main.go"
build_go() {
	(cd "$work" && env GOCACHE="$work/cache" GOFLAGS=-mod=mod \
		GO111MODULE=off HOME="$work" CGO_ENABLED="$1" \
		go build -o "$2" main.go)
}
build_go 0 static || fail 'cannot compile'
"$build/bin/tapless" run -D "$work/home" -- "$work/static" "$V4" \
	>"$work/both.out" 2>"$work/err" 9>&- || fail 'the static program'
grep -q good "$work/both.out" || fail 'the static program'
grep -q 'via seccomp' "$work/err" || fail 'the choice was not said'

build_go 1 dynamic || fail 'cannot compile with cgo'
if readelf -l "$work/dynamic" | grep -q INTERP; then
	"$build/bin/tapless" run -D "$work/home" -- "$work/dynamic" "$V4" \
		>"$work/both.out" 2>"$work/err" 9>&- || fail 'with a loader'
	grep -q 'Go programs' "$work/err" || fail 'Go was not recognised'
fi
echo good
