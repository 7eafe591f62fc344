#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# id.sh - identities on the command line
# shellcheck source=test/cli/common
. "$(dirname "$0")/common"

# Made, and what is made of them.
expect 0 id generate a.secret a.public
out_is 'a.secret written
a.public written
'
[ "$(stat -c %a a.secret)" = 600 ] || fail "a.secret can be read by others"
grep -Eq '^[0-9a-f]{10}:0:[0-9a-f]{128}:[0-9a-f]{128}$' a.secret ||
	fail "a.secret is no identity"
expect 0 id getpublic a.secret
cmp -s out a.public || fail "getpublic differs"
expect 0 id getpublic "$(cat a.secret)"
cmp -s out a.public || fail "getpublic of the text differs"
[ "$(wc -l <out)" = 0 ] || fail "getpublic ends in a newline"
expect 0 id generate
[ "$(wc -l <out)" = 0 ] || fail "generate ends in a newline"
grep -Eq '^[0-9a-f]{10}:0:[0-9a-f]{128}:[0-9a-f]{128}$' out ||
	fail "generate prints no identity"

# Valid or not.
expect 0 id validate a.public
out_is 'a.public is a valid identity
'
expect 0 id validate a.secret
public=$(cat a.public)
case $public in
0*) forged=1${public#?} ;;
*) forged=0${public#?} ;;
esac
expect 1 id validate "$forged"
out_empty
err_has 'FAILED validation\.$'
expect 1 id validate none
one_line
err_has 'No such file'
expect 1 id validate "${public%?}g"
one_line
echo 'not an identity' >b
expect 1 id getpublic b
one_line
: >empty
expect 1 id getpublic empty
one_line

# Signatures.
printf 'some text' >text
expect 0 id sign a.secret text
grep -Eq '^[0-9a-f]{192}$' out || fail "no signature"
cp out sig
expect 0 id verify a.public text sig
out_is 'text signature valid
'
expect 0 id verify "$public" text "$(cat sig)"
echo >>sig
expect 0 id verify a.public text sig
printf 'some texT' >text
expect 1 id verify a.public text sig
out_empty
err_has '^text signature check FAILED$'
expect 1 id sign a.public text
one_line
expect 1 id sign a.secret none
one_line
expect 1 id verify a.public text a.public
one_line
expect 1 id verify a.public text 0123
one_line

# A vanity prefix.
expect 1 id generate c.secret c.public 0123456789a
one_line
expect 1 id generate c.secret c.public xyz
one_line
expect 1 id generate c.secret c.public ff
one_line
[ ! -e c.secret ] || fail "c.secret was written"
expect 1 id generate no/such/folder
one_line

# Moons.
expect 0 id initmoon a.public
cp out moon.json
grep -q '"worldType": "moon"' moon.json || fail "no moon"
sed -i 's|"stableEndpoints": \[\]|"stableEndpoints": ["192.0.2.9/9993", "192.0.2.1/9993"]|' moon.json
expect 0 id genmoon moon.json
moon=000000${public%%:*}.moon
out_has "^wrote $moon (signed world with timestamp [0-9]*)$"
expect 0 world show "$moon"
out_has '"selfSigned": true'
out_has "\"id\": \"000000${public%%:*}\""
out_has "\"identity\": \"$public\""
tr -d ' \n' <out | grep -q '\["192.0.2.1/9993","192.0.2.9/9993"\]' ||
	fail "endpoints are not sorted"
sed 's|192.0.2.9/9993|192.0.2.9|' moon.json >bad.json
expect 1 id genmoon bad.json
one_line
sed 's|"moon"|"sun"|' moon.json >bad.json
expect 1 id genmoon bad.json
one_line
sed 's|"signingKey_SECRET": "..|"signingKey_SECRET": "|' moon.json >bad.json
expect 1 id genmoon bad.json
one_line
# The halves of a key that do not belong together.
sed "s|\"signingKey\": \"[0-9a-f]*|\"signingKey\": \"${public##*:}|" \
	moon.json >bad.json
expect 1 id genmoon bad.json
one_line
echo '{"roots":' >bad.json
expect 1 id genmoon bad.json
one_line
expect 1 id genmoon none
one_line

# Wrong arguments.
for args in '' 'mkcom' 'validate' 'validate a b' 'sign a.secret' \
	'verify a.public text' 'getpublic' 'initmoon' 'genmoon' \
	'generate a b c d'; do
	# shellcheck disable=SC2086
	expect 1 id $args
	out_empty
	one_line
done
