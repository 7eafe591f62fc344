#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# go_http.sh - a web server and a client in Go, linked statically, which make
# their system calls themselves
#
#	A: http serve :8080   <----   B: http ask
# ctest: full
# ctest: timeout 200
# ctest: via netns
# matrix: go (static, net/http, UDP) | v4 v6 | seccomp netns
# matrix: go (static, net/http, UDP) | no | preload | nothing can be preloaded into a static program
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${TL_VIA=seccomp}"
export TL_VIA
. "$here/../lib/node.sh"
. "$here/../lib/go.sh"
build_go "$here/go/http.go" http
lan
for address in "$ADDR_A" "$ADDR6_A"; do
	own=$ADDR_B
	[ "$address" = "$ADDR_A" ] || own=$ADDR6_B
	step "$address"
	spawn serve 1 ./http serve "$address" 8080
	wait_until 20 'the server is ready' grep -q ready serve.log
	virtual_only "$address" 8080
	run_b ./http ask "$address" 8080 "$own"
	end "$pid"

	step 'curl asks the server'
	spawn serve 1 ./http serve "$address" 8080
	wait_until 20 'the server is ready' grep -q ready serve.log
	make_file body 500000
	case $address in
	*:*) url="http://[$address]:8080/" ;;
	*) url=http://$address:8080/ ;;
	esac
	run_b curl -sS -f -g --data-binary @body -o got "$url"
	same got body
	end "$pid"
done
