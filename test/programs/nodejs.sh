#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# nodejs.sh - Node's http, https, http2, net, dgram, cluster and fetch, with the
# files of the same loop on io_uring and not
#
#	A: nodejs.js serve, nodejs.js cluster   <----   B: nodejs.js ask
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: node | v4 v6 | preload seccomp netns
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../lib/node.sh"
need node openssl
lan
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout key -out certificate -subj /CN=test -days 2 2>openssl.log

# round ADDRESS OWN-ADDRESS
round() {
	spawn serve 1 node "$here/nodejs.js" serve "$1" key certificate
	servers=$pid
	spawn cluster 1 node "$here/nodejs.js" cluster "$1"
	cluster=$pid
	wait_until 20 'servers are ready' grep -q ready serve.log
	wait_until 20 'the cluster is ready' grep -q ready cluster.log
	virtual_only "$1" 8080
	virtual_only "$1" 7777
	virtual_only "$1" 8090
	run_b node "$here/nodejs.js" ask "$1" certificate "$2"
	end "$servers"
	end "$cluster"
}

for UV_USE_IO_URING in 0 1; do
	export UV_USE_IO_URING
	step "io_uring: $UV_USE_IO_URING"
	round "$ADDR_A" "$ADDR_B"
	round "$ADDR6_A" "$ADDR6_B"
done
