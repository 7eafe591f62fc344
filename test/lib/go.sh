# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# go.sh - for scripts with programs in Go: sourced behind node.sh
#
# build_go SOURCE PROGRAM	one file, without a C library, compiled without a
#				network and in a cache of its own

need go
build_go() {
	mkdir -p go
	cp "$1" go/
	(cd go && env GOCACHE="$work/go/cache" GO111MODULE=off CGO_ENABLED=0 \
		go build -o "$work/$2" "${1##*/}") ||
		fail "cannot compile ${1##*/}"
}
