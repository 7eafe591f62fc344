#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 180
#
# settings.sh - local.conf takes effect while the service runs, as a whole or not
# at all; what is wrong with it is said with file and line, and nothing is lost
#
#	node 0: root and controller	nodes 1, 2: theirs is changed
. "$(dirname "$0")/../lib/node.sh"
# shellcheck disable=SC2034	# another primary port
nodes=4
lan
other_port=$(port_of 3)

# conf NODE MEMBERS: a new local.conf, put in place as editors do
conf() {
	cat >"$(home "$1")/local.conf.new" <<-END
		{ "settings": { "allowLoopbackPaths": true,
		  "primaryPort": $(port_of "$1"), "bind": [ "127.0.0.1" ]${2-},
		  "allowSecondaryPort": ${second-false} } }
	END
	mv "$(home "$1")/local.conf.new" "$(home "$1")/local.conf"
}

info() {
	"$tapless" info -j -D "$(home "$1")"
}

# The value of a key of the status that stands in a line of its own.
is_info() {
	info "$1" | grep -qE "$2"
}

lists() {
	info "$1" | tr -d '\n' | grep -o '"listeningOn": *[[][^]]*' |
		grep -qF "\"$2\""
}

lists_not() {
	! lists "$1" "$2"
}

step 'another port: sockets and HTTP move, the node stays online'
old_port=$(port_of 1)
port_1=$other_port
conf 1
wait_until 10 'node 1 is at its new port' serves 1
lists 1 "127.0.0.1/$other_port" || fail 'its socket is elsewhere'
lists_not 1 "127.0.0.1/$old_port" || fail 'its old socket is still there'
[ "$(cat "$(home 1)/zerotier-one.port")" = "$other_port" ] ||
	fail 'zerotier-one.port tells the old one'
wait_until 10 'node 1 is online' is_online 1

step 'a port that is taken: all stays as it was'
port_1=$(port_of 0)
conf 1
port_1=$other_port
wait_until 10 'the error is in the log' grep -q \
	"cannot bind UDP port $(port_of 0): .*in use; .*stay as they were" service1.log
is_info 1 "\"configError\": \"cannot bind UDP port $(port_of 0)" ||
	fail "the status does not tell: $(info 1)"
lists 1 "127.0.0.1/$other_port" || fail 'its socket is gone'

step 'a second port comes, moves and goes'
second=true conf 1
wait_until 10 'there are two' is_info 1 '"secondaryPort": [1-9]'
is_info 1 '"configError": ""' || fail 'the error is still told'
second=true conf 1 ", \"secondaryPort\": $old_port"
wait_until 10 'it is the one that is wanted' lists 1 "127.0.0.1/$old_port"
second=false conf 1
wait_until 10 'there is one' lists_not 1 "127.0.0.1/$old_port"

step 'damage: the line is named, the last good state is kept'
head -c 60 "$(home 1)/local.conf" >cut.conf
cp cut.conf "$(home 1)/local.conf"
wait_until 10 'the error is in the log' grep -q \
	"$(home 1)/local.conf, line 2, column .*stay as they were" service1.log
is_info 1 "\"configError\": \"$(home 1)/local.conf, line 2" ||
	fail 'the status does not tell'
"$tapless" status -D "$(home 1)" | grep -q "^$(home 1)/local.conf, line 2" ||
	fail 'status does not tell'
got=0
api 1 POST /config/settings '{ "lowBandwidthMode": true }' 2>post.log || got=$?
[ $got != 0 ] || fail 'the owner is written over'
cmp -s cut.conf "$(home 1)/local.conf" || fail 'the file has changed'
printf '{ "physical": {\n"10.0.0.0/40": {} } }' >"$(home 1)/local.conf"
wait_until 10 'the other error is in the log' grep -q \
	'line 2: physical."10.0.0.0/40" is no IP network' service1.log
is_online 1 || fail 'it is offline'

step 'and right again'
conf 1 ', "nonsense": 1'
wait_until 10 'there is no error' is_info 1 '"configError": ""'
[ "$(grep -c 'settings.nonsense is not known' service1.log)" = 1 ] ||
	fail 'an unknown key is not warned of once'

step 'by SIGHUP, where a link hides the change'
conf 1
mv "$(home 1)/local.conf" "$work/elsewhere.conf"
ln -s "$work/elsewhere.conf" "$(home 1)/local.conf"
wait_until 10 'the warning is gone' is_info 1 '"configError": ""'
sed 's/"bind"/"lowBandwidthMode": true, "bind"/' elsewhere.conf >new.conf
cat new.conf >elsewhere.conf
kill -HUP "$(pid_of 1)"
wait_until 10 'it was read' grep -q 'as was asked for' service1.log
wait_until 10 'it is in effect' is_info 1 '"lowBandwidthMode": true'

step 'over HTTP'
rm "$(home 1)/local.conf"
conf 1
wait_until 10 'node 1 has settled' is_info 1 '"configError": ""'
api 1 POST /config/settings '{ "primaryPort": 99999 }' 2>post.log &&
	fail 'a bad port is taken'
grep -q '"primaryPort": '"$other_port" "$(home 1)/local.conf" ||
	fail 'a bad port was written'
api 1 POST /config/settings "{ \"primaryPort\": $old_port }" >/dev/null
api 1 POST /config/settings '{ "lowBandwidthMode": true }' >/dev/null
api 1 GET /config | grep -q "\"primaryPort\":$old_port" ||
	fail 'the first is lost'
# shellcheck disable=SC2034	# node.sh looks at it
port_1=$old_port
wait_until 10 'node 1 is at its old port' serves 1
wait_until 10 'both are in effect' is_info 1 '"lowBandwidthMode": true'

step 'a blacklisted network is left at once'
cp "$(home 2)/local.conf" whole.conf
sed 's/^{/{ "physical": { "127.0.0.0\/8": { "blacklist": true } },/' \
	whole.conf >"$(home 2)/local.conf"
no_paths() {
	! api 2 GET /peer | grep -q '"active":true'
}
wait_until 10 'there are no paths' no_paths
cp whole.conf "$(home 2)/local.conf"
wait_until 10 'node 2 is online' grep -q . "$(home 2)/local.conf"
has_paths() {
	! no_paths
}
wait_until 20 'there are paths' has_paths

step 'a trusted path works if both have it, and only then'
drops() {
	api 2 GET /drops | sed -n 's/.*"TRUSTED_PATH":\([0-9]*\).*/\1/p'
}
spawn web 2 "$python" -m http.server --bind "$ADDR_B" 8080
wait_answers 1 "$ADDR_B" 8080
sed "s/^{/{ \"physical\": { \"127.0.0.0\/8\": { \"trustedPathId\": 77 } },/" \
	"$(home 1)/local.conf" >trusted.conf
cp trusted.conf "$(home 1)/local.conf"
refused() {
	answers 1 "$ADDR_B" 8080 && return 1
	[ "$(drops)" -gt 0 ]
}
wait_until 20 'what is in the clear is refused' refused
api 1 GET "/peer/$(id_of 2)" | grep -q '"trustedPathId":77' ||
	fail 'the path is not shown as trusted'
api 2 GET "/peer/$(id_of 1)" | grep -q '"trustedPathId":0' ||
	fail 'a path is shown as trusted'
sed "s/^{/{ \"physical\": { \"127.0.0.0\/8\": { \"trustedPathId\": 77 } },/" \
	whole.conf >"$(home 2)/local.conf"
wait_answers 1 "$ADDR_B" 8080

