#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh - what `tapless run` refuses, without a service
# shellcheck source=test/cli/common
. "$(dirname "$0")/common"

mkdir home bin

# Programs that are not there, or are none.
expect 127 run -D home -- no-such-command
one_line
expect 127 run -D home ./no-such-command
one_line
expect 126 run -D home "$work/home"
one_line
echo 'echo hello' >bin/plain
expect 126 run -D home bin/plain
one_line
printf '\177ELF' >bin/broken
chmod +x bin/*
expect 126 run -D home bin/broken
one_line

# A script is what its interpreter is.
printf '#!/bin/sh\n' >bin/script
printf '#!%s/bin/loop\n' "$work" >bin/loop
chmod +x bin/*
expect 126 run -D home bin/loop
one_line
for good in bin/script bin/plain; do
	expect 1 run -D home $good
	one_line
	err_has 'start the service'
done
PATH=$work/bin:$PATH expect 1 run -D home script
err_has 'start the service'

# Programs that the loader would not attach anything to.
if echo 'int main(void) { return 0; }' | cc -static -x c - -o bin/static; then
	expect 126 run -D home --via preload bin/static
	one_line
	err_has 'statically'
	expect 1 run -D home bin/static
	one_line
	err_has 'start the service'
	printf '#!%s/bin/static\n' "$work" >bin/script
	expect 126 run -D home --via=preload bin/script
	err_has 'statically'
	expect 1 run -D home --via seccomp bin/script
	err_has 'start the service'
else
	echo 'SKIPPED in part: no static C library' >&2
fi
cp /bin/true bin/true
expect 1 run -D home bin/true
err_has 'start the service'
chgrp 12345 bin/true 2>/dev/null && chmod 2755 bin/true &&
	[ -g bin/true ] && {
	expect 126 run -D home bin/true
	one_line
	err_has 'setgid'
}

# By which way.
expect 2 run --via magic -D home true
one_line
err_has 'magic'
expect 2 run --via
one_line

# Where to listen.
expect 2 run --listen everywhere -D home true
one_line
err_has 'everywhere'
expect 2 run --listen
one_line
expect 2 run --isolate --listen=both -D home true
one_line
err_has 'isolated'

# Questions to name servers.
expect 2 run --dns perhaps -D home true
one_line
err_has 'perhaps'
expect 2 run --dns
one_line

# An endpoint where nobody is.
echo "tapless-test-nobody-$$" >home/tapless.endpoint
expect 1 run -D home true
one_line
err_has 'does not run'
: >home/tapless.endpoint
expect 1 run -Dhome true
one_line
expect 1 run --home=home true
one_line
