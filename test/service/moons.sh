#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# moons.sh - a moon is made, orbited by its seed, kept, updated and left; files
# that are none are named and left alone
#
#	root (planet)
#	 /        \
#	M: moon    A: orbits it
. "$(dirname "$0")/../lib/node.sh"
need curl
make_nodes 3
start_node 0

moon=000000$(id_of 1)
file_m=$(home 1)/moons.d/$moon.moon
file_a=$(home 2)/moons.d/$moon.moon

cmd() {
	cmd_node=$1
	shift
	cmd_word=$1
	shift
	"$tapless" "$cmd_word" -D "$(home "$cmd_node")" "$@"
}

# moon_field NODE KEY: of the only moon
moon_field() {
	cmd "$1" listmoons >"$work/moons.json"
	json_field "$2" <"$work/moons.json" | head -n 1
}

moon_is() {
	[ "$(moon_field "$1" "$2")" = "$3" ]
}

role_of() {
	api "$1" GET "/peer/$(id_of "$2")" | json_field role
}

has_role() {
	[ "$(role_of "$1" "$2")" = "$3" ]
}

# Signs it with the time of now, into the current folder
make_moon() {
	"$tapless" id genmoon moon.json >>"$work/id.log"
}

step 'the moon is made, and M is its root'
"$tapless" id initmoon "$(home 1)/identity.public" >moon.json
sed -i "s|\"stableEndpoints\": \[\]|\"stableEndpoints\": [\"127.0.0.1/$(port_of 1)\"]|" \
	moon.json
make_moon
mkdir -p "$(home 1)/moons.d"
cp "$moon.moon" "$file_m"
start_node 1
start_node 2
for n in 1 2; do
	wait_until 20 "node $n is online" is_online $n
done
grep -q ', a root$' service1.log || fail 'M does not know that it is a root'
moon_is 1 id "$moon" || fail 'M does not show its moon'

step 'A finds it by its seed'
cmd 2 orbit "$(id_of 1)" "$(id_of 1)" | grep -q '^200 orbit OK$' ||
	fail 'orbit does not say OK'
wait_until 10 'A has the moon' moon_is 2 waiting false
same "$file_a" "$file_m"
[ ! -e "$(home 2)/moons.d/$moon.seed" ] || fail 'the seed is still noted'
has_role 2 1 MOON || fail "M's role is $(role_of 2 1)"
has_role 2 0 PLANET || fail "the root's role is $(role_of 2 0)"
"$tapless" world show "$file_a" >shown.json
[ "$(json_field signature <shown.json)" = "$(moon_field 2 signature)" ] ||
	fail 'the interface shows another signature'
stamp=$(moon_field 2 timestamp)

step 'it is remembered'
stop_node 2
start_node 2
moon_is 2 timestamp "$stamp" || fail 'A has forgotten the moon'
has_role 2 1 MOON || fail 'A has forgotten its root'

step 'a newer version, signed by the key of the older one'
make_moon
cp "$moon.moon" "$file_m"
cmd 1 orbit "$(id_of 1)" "$(id_of 1)" >/dev/null
newer=$(moon_field 1 timestamp)
[ "$newer" -gt "$stamp" ] || fail 'M has not taken its own update'
cmd 2 orbit "$(id_of 1)" "$(id_of 1)" >/dev/null
wait_until 10 'A has the update' moon_is 2 timestamp "$newer"
same "$file_a" "$file_m"

step 'one that somebody else has signed is refused'
cp moon.json good.json
"$tapless" id initmoon "$(home 1)/identity.public" >moon.json
make_moon
cp "$moon.moon" "$file_m"
code=$(curl -sS -o body -w '%{http_code}' --noproxy '*' -X POST -d '{}' \
	-H "X-ZT1-Auth: $(cat "$(home 1)/authtoken.secret")" \
	"http://127.0.0.1:$(port_of 1)/moon/$(id_of 1)")
[ "$code" = 200 ] || fail "the known moon is answered with $code"
[ "$(moon_field 1 timestamp)" = "$newer" ] || fail 'the forgery was taken'
grep -q "cannot use $file_m: it is older .* or not signed" service1.log ||
	fail 'the log does not name the forgery'
cp "$file_a" "$file_m"
cp good.json moon.json

step 'it is left'
cmd 2 deorbit "$(id_of 1)" | grep -q '^200 deorbit OK$' ||
	fail 'deorbit does not say OK'
[ "$(cmd 2 listmoons)" = '[]' ] || fail 'the moon is still there'
[ ! -e "$file_a" ] || fail 'its file is still there'
has_role 2 1 LEAF || fail "M is still a root: $(role_of 2 1)"
api 2 DELETE "/moon/$(id_of 1)" | grep -q '"result":true' ||
	fail 'leaving it again is refused'

step 'a moon that does not answer is waited for, over a restart too'
cmd 2 orbit 00000000aa 00000000ab >/dev/null
moon_is 2 waiting true || fail 'it is not waited for'
moon_is 2 timestamp 0 || fail 'it has a time'
stop_node 2
echo torn >"$file_a"
head -c 300 "$file_m" >"$(home 2)/moons.d/0000000000000001.moon"
cp "$file_m" "$(home 2)/moons.d/0000000000000002.moon"
cp "$(home 1)/planet" "$(home 2)/moons.d/0000000000000003.moon"
echo nobody >"$(home 2)/moons.d/0000000000000004.seed"
echo hello >"$(home 2)/moons.d/notes.moon"
(cd "$(home 2)/moons.d" && sha256sum ./*) >before.sums
start_node 2
moon_is 2 id 00000000000000aa || fail 'it was forgotten'
moon_is 2 seed 00000000ab || fail 'its seed was forgotten'
[ "$(grep -c '"id"' moons.json)" = 1 ] || fail 'a bad file was used'

step 'bad files are named, and left as they are'
for name in "$moon.moon" 0000000000000001.moon 0000000000000002.moon \
	0000000000000003.moon 0000000000000004.seed; do
	grep -q "cannot use $(home 2)/moons.d/$name: " service2.log ||
		fail "the log does not name $name"
done
cmd 2 orbit "$(id_of 1)" "$(id_of 1)" >orbit.out 2>&1 &&
	fail 'a bad file is passed over'
grep -q moons.d orbit.out || fail "orbit says: $(cat orbit.out)"
(cd "$(home 2)/moons.d" && sha256sum -c --quiet) <before.sums ||
	fail 'a file has changed'
cmd 2 deorbit "$(id_of 1)" >/dev/null
[ ! -e "$file_a" ] || fail 'deorbit leaves the bad file'
cmd 2 orbit "$(id_of 1)" "$(id_of 1)" >/dev/null
wait_until 10 "A has the moon again" cmp -s "$file_a" "$file_m"

step 'requests that make no sense'
[ "$(api 2 GET /moon/00000000cc)" = '{}' ] || fail 'an unknown moon is there'
[ "$(api 2 POST /moon/00000000cc '{}')" = '{}' ] ||
	fail 'a moon without a seed is orbited'
! api 2 GET "/moon/$moon" 2>/dev/null || fail 'sixteen digits are taken'
for n in $(seq 1 14); do
	cmd 2 orbit "a$n" ab >/dev/null
done
cmd 2 orbit b1 ab >orbit.out 2>&1 && fail 'there is no limit'
grep -q 'too many moons' orbit.out || fail "orbit says: $(cat orbit.out)"
