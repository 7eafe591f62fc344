#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# proxy.sh - what proxy and forward refuse before they do anything
# shellcheck source=test/cli/common
. "$(dirname "$0")/common"

# refused STATUS PATTERN ARGUMENT...
refused() {
	status=$1
	pattern=$2
	shift 2
	expect "$status" "$@"
	one_line
	err_has "$pattern"
	out_empty
}

refused 2 'nowhere to listen' proxy --socks nowhere
refused 2 'nowhere to listen' proxy --http 127.0.0.1:70000
refused 2 'no more than 16' proxy --socks 1 --socks 2 --socks 3 --socks 4 \
	--socks 5 --socks 6 --socks 7 --socks 8 --socks 9 --socks 10 \
	--socks 11 --socks 12 --socks 13 --socks 14 --socks 15 --socks 16 \
	--http 17
refused 2 'does not listen on loopback' \
	proxy --socks 0.0.0.0:1080
refused 2 'does not listen on loopback' proxy --http '[::]:1080'
refused 2 'does not listen on loopback' proxy --http '*:1080'
refused 2 'go together' proxy --user alice
refused 2 'go together' proxy --password-file x
refused 2 'no user name' proxy --user a:b --password-file x
refused 2 'number of clients' proxy --max-clients 0
refused 2 'number of clients' proxy --max-per-client x
refused 2 'number of seconds' proxy --drain -1
refused 2 'does not know' proxy --nonsense
refused 2 'lacks a value' proxy --socks
refused 2 'does not know what to do' proxy somewhere

refused 1 'cannot read x' proxy --user alice --password-file x
: >empty
refused 1 'is no password' proxy --user alice --password-file empty
head -c 300 /dev/zero | tr '\0' x >long
refused 1 'is no password' proxy --user alice --password-file long
refused 1 'start the service' proxy -D home
refused 1 'start the service' proxy --socks '[::1]:1' --http unix:x -D home

refused 2 'nothing to forward' forward
refused 2 'is no forward' forward -L 80
refused 2 'is no forward' forward -R 80:host
refused 2 'above 65535' forward -L 70000:host:80
refused 2 'Unix socket where none can be' forward -L 80:unix:x
refused 2 'Unix socket where none can be' forward -U -L unix:x:host:80
refused 2 'stands before' forward -L 80:host:80 -U
refused 2 'number of seconds' forward --udp-idle 0
refused 2 'lacks a value' forward -L
refused 1 'start the service' forward -D home -U -L 80:host:80 -R 80:host:80
mkdir home
echo "tapless-test-nobody-$$" >home/tapless.endpoint
refused 1 'does not run' forward -D home -L 80:host:80
