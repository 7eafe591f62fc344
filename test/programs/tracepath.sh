#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tracepath.sh - a program that lives by the queue of errors
#
#	B: tracepath   ---->   A, where the ports are closed
# ctest: via netns
# matrix: tracepath | v4 v6 | preload seccomp netns
# matrix: tracepath | no | proxy | proxies carry no errors of datagrams
# ctest: via seccomp
. "$(dirname "$0")/../lib/node.sh"
need tracepath
lan

step 'one hop, whole packets'
for at in "$ADDR_A" "$ADDR6_A"; do
	run_b tracepath -n -m 4 "$at" >tracepath.log 2>&1 ||
		fail "tracepath $at: $(cat tracepath.log)"
	grep -q "^ 1:  $at .*reached" tracepath.log ||
		fail "tracepath $at: $(cat tracepath.log)"
	# The MTU of the network, which it finds by sending too much.
	grep -q 'Resume: pmtu 2800 hops 1 ' tracepath.log ||
		fail "tracepath $at: $(cat tracepath.log)"
done
