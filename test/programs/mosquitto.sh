#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# mosquitto.sh - an MQTT broker, who publishes and who subscribes, with TLS and
# not; a will that is told when a client dies, a bridge to a second broker
#
#	A: mosquitto :1883, :8883   <----   B: mosquitto_sub, _pub, mosquitto
# ctest: via seccomp
# ctest: via netns
# matrix: mosquitto | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need mosquitto mosquitto_pub mosquitto_sub openssl
lan
make_file big 2000000
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout key -out certificate -subj /CN=test -days 2 2>openssl.log
user=
[ "$(id -u)" != 0 ] || user='user root'
{
	echo "$user"
	echo 'allow_anonymous true'
	echo 'log_type all'
	for address in "$ADDR_A" "$ADDR6_A"; do
		echo "listener 1883 $address"
		echo "listener 8883 $address"
		echo "certfile $work/certificate"
		echo "keyfile $work/key"
	done
} >broker.conf
spawn broker 1 mosquitto -c broker.conf
broker=$pid
wait_answers 2 "$ADDR_A" 1883
wait_answers 2 "$ADDR6_A" 8883
virtual_only "$ADDR_A" 1883

subscribers=0
# subscribe NAME OPTION...: in the background; sets pid
subscribe() {
	name=$1
	shift
	subscribers=$((subscribers + 1))
	spawn "$name" 2 mosquitto_sub -i "$name$subscribers" "$@"
	wait_until 10 "$name has subscribed" \
		grep -q "Sending SUBACK to $name$subscribers" broker.log
}

# round ADDRESS [OPTION...]
round() {
	address=$1
	shift
	for qos in 0 1 2; do
		step "$address $* of quality $qos"
		subscribe subscriber -h "$address" "$@" -q $qos -t news/+ -C 3
		for i in 1 2 3; do
			run_b mosquitto_pub -h "$address" "$@" -q $qos \
				-t news/$i -m "news-$i"
		done
		wait_gone 10 "$pid" 'the subscriber'
		[ "$(grep -c '^news-[123]$' subscriber.log)" = 3 ] ||
			fail 'not all news came'
	done
	run_b mosquitto_pub -h "$address" "$@" -q 1 -r -t file -f big
	run_b mosquitto_sub -h "$address" "$@" -t file -C 1 -N >got
	same got big
}

for address in "$ADDR_A" "$ADDR6_A"; do
	round "$address"
	round "$address" -p 8883 --cafile certificate --insecure
done

step 'a client dies'
subscribe heir -h "$ADDR_A" -t wills -C 1
heir=$pid
subscribe mortal -h "$ADDR6_A" -t x --will-topic wills --will-payload gone
kill -KILL "$pid"
wait_gone 10 "$heir" 'who is told'
grep -qx gone heir.log || fail 'the will was not told'

step 'a bridge'
cat >bridge.conf <<END
$user
allow_anonymous true
listener 1884 $ADDR_B
connection bridge
address $ADDR_A:1883
topic # both 1
END
spawn bridge 2 mosquitto -c bridge.conf
wait_answers 1 "$ADDR_B" 1884
subscribe far -h "$ADDR_A" -t bridged -C 1
far=$pid
crossed() {
	run_b mosquitto_pub -h "$ADDR_B" -p 1884 -q 1 -t bridged -m crossed
	! is_alive "$far"
}
wait_until 20 'the message crosses the bridge' crossed
grep -qx crossed far.log || fail 'another message came'
end "$broker"
[ "$status" = 0 ] || fail "the broker ended with status $status"
