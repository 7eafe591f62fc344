#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# world.sh - planets on the command line
# shellcheck source=test/cli/common
. "$(dirname "$0")/common"

"$tapless" id generate a.secret a.public >/dev/null
"$tapless" id generate b.secret b.public >/dev/null
a=$(cat a.public)
b=$(cat b.public)

# A planet with two roots, its key kept.
expect 0 world planet --out planet --id 4711 --sign-key key \
	--root "$a=192.0.2.2/9993,192.0.2.1/9993,192.0.2.2/9993" \
	--root "b.secret=2001:db8::1/19993"
out_has '^wrote planet (planet 4711 with timestamp [0-9]*, 2 roots)$'
[ "$(stat -c %a key)" = 600 ] || fail "the key can be read by others"
grep -Eq '^[0-9a-f]{128}:[0-9a-f]{128}$' key || fail "no key was written"
secret=$(sed 's/.*://' b.secret | tr -d '\n')
! grep -aq "$secret" planet || fail "a private key in the planet"
expect 0 world show planet
out_has '"worldType": "planet"'
out_has '"id": "0000000000001267"'
out_has '"selfSigned": true'
out_has "\"identity\": \"$a\""
out_has "\"identity\": \"$b\""
tr -d ' \n' <out | grep -q '\["192.0.2.1/9993","192.0.2.2/9993"\]' ||
	fail "endpoints are not sorted and single"
out_has '"2001:db8::1/19993"'
out_has "\"updatesMustBeSignedBy\": \"$(cut -d: -f1 key)\""
! grep -q "$secret" out || fail "a private key is shown"

# A later version: same key, same ID by itself, later time.
cp planet first
expect 0 world planet --out planet --sign-key key --root "$a=192.0.2.7/1"
out_has 'planet 4711 '
cmp -s planet first && fail "planet was not replaced"

# What nodes would refuse is refused here.
cp planet second
expect 1 world planet --out planet --root "$a=192.0.2.7/1"
one_line
expect 1 world planet --out planet --sign-key other --root "$a=192.0.2.7/1"
one_line
expect 1 world planet --out planet --sign-key key --id 5 \
	--root "$a=192.0.2.7/1"
one_line
cmp -s planet second || fail "planet was replaced"

# Another key for what comes after: signed with the old one, then only with the
# new one.
expect 0 world planet --out planet --sign-key key --next-key key2 \
	--root "$a=192.0.2.8/1"
[ "$(stat -c %a key2)" = 600 ] || fail "the next key can be read by others"
expect 0 world show planet
out_has "\"updatesMustBeSignedBy\": \"$(cut -d: -f1 key2)\""
out_has '"selfSigned": false'
cp planet third
expect 1 world planet --out planet --sign-key key --root "$a=192.0.2.9/1"
one_line
cmp -s planet third || fail "planet was replaced with the old key"
expect 0 world planet --out planet --sign-key key2 --root "$a=192.0.2.9/1"
expect 0 world show planet
out_has '"selfSigned": true'
expect 2 world planet --out planet --next-key key2 --root "$a=192.0.2.9/1"
one_line

# Foreign files stay as they are.
echo hello >hello
expect 1 world planet --out hello --root "$a=192.0.2.7/1"
one_line
expect 1 world planet --out new --sign-key hello --root "$a=192.0.2.7/1"
one_line
[ "$(cat hello)" = hello ] || fail "a foreign file was overwritten"
[ ! -e new ] || fail "a planet without key was written"
expect 1 world show hello
one_line
head -c 100 planet >torn
expect 1 world show torn
one_line
(cat planet; echo) >longer
expect 1 world show longer
one_line
expect 1 world show none
one_line

# Without a key file it works, with an ID of its own.
expect 0 world planet --out once --root "$a=192.0.2.7/1"
expect 0 world planet --out twice --root "$a=192.0.2.7/1"
cmp -s once twice && fail "two planets are equal"

# Wrong roots.
for root in "$a" "$a=" "=192.0.2.1/1" "none=192.0.2.1/1" "$a=192.0.2.1" \
	"$a=192.0.2.1/0" "$a=192.0.2.1/65536" "$a=example.org/1" \
	"$a=192.0.2.1/1," "$a=192.0.2.1/1,,192.0.2.2/1" "$a=1.2.3/4"; do
	got=0
	"$tapless" world planet --out x --root "$root" >out 2>err || got=$?
	[ $got = 1 ] || [ $got = 2 ] || fail "root \"$root\" gives $got"
	out_empty
	one_line
	[ ! -e x ] || fail "root \"$root\" was taken"
done
case $a in
0*) forged=1${a#?} ;;
*) forged=0${a#?} ;;
esac
expect 1 world planet --out x --root "$forged=192.0.2.1/1"
one_line
err_has 'not valid'
many=192.0.2.1/1
for port in $(seq 2 33); do
	many=$many,192.0.2.1/$port
done
expect 1 world planet --out x --root "$a=$many"
one_line
expect 0 world planet --out x --root "$a=${many%,*}"

# Wrong arguments.
for args in '' 'sun' 'show' 'show a b' 'planet' 'planet --out x' \
	"planet --root $a=192.0.2.1/1" 'planet --out' 'planet --what x' \
	"planet --out y --root $a=192.0.2.1/1 --id 0" \
	"planet --out y --root $a=192.0.2.1/1 --id -1" \
	"planet --out y --root $a=192.0.2.1/1 --id x" \
	"planet --out y --root $a=192.0.2.1/1 --id 99999999999999999999"; do
	# shellcheck disable=SC2086
	expect 2 world $args
	out_empty
	one_line
done
set -- world planet --out y
for i in 1 2 3 4 5; do
	set -- "$@" --root "$a=192.0.2.$i/1"
done
expect 2 "$@"
one_line
[ ! -e y ] || fail "y was written"
