#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# socat.sh - streams, datagrams, broadcasts, TLS, SOCKS, a process for each
# connection, relays between the host, files and the virtual network
#
#	A: socat LISTEN   <---->   B: socat
# ctest: via seccomp
# ctest: via netns
# matrix: socat | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need socat openssl
lan
make_file there 10000000
make_file back 7000000
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout key -out certificate -subj /CN=test -days 2 2>openssl.log
cat key certificate >both.pem

# serve NAME ADDRESS1 ADDRESS2 [OPTION...]: socat on A; sets pid
serve() {
	name=$1
	listener=$2
	other=$3
	shift 3
	spawn "$name" 1 socat -d -d "$@" "$listener" "$other"
	wait_until 10 "socat $listener" grep -qE \
		'listening on|receiving on|starting data transfer' "$name.log"
}

# exchange ADDRESS [OPTION...]: what goes there must come back
exchange() {
	target=$1
	shift
	run_b socat -t 10 "$@" - "$target" <there >got
	same got there
}

# A datagram may get lost, or its answer be late.
returned() {
	echo datagram | run_b socat -t 0.5 - "$1" | grep -qx datagram
}

# round 4|6 ADDRESS BRACKETED OWN
round() {
	step "$2: a file each way"
	serve get "TCP$1-LISTEN:9001,bind=$3,reuseaddr" \
		"OPEN:back,rdonly!!CREATE:got.there" -t 10
	server=$pid
	virtual_only "$2" 9001
	run_b socat -t 10 - "TCP$1:$3:9001" <there >got
	wait_gone 10 "$server" 'the server'
	same got.there there
	same got back

	step "$2: a process for each connection"
	serve fork "TCP$1-LISTEN:9002,bind=$3,fork,reuseaddr" EXEC:cat
	for i in 1 2 3 4; do
		member 2 socat -t 10 - "TCP$1:$3:9002" \
			<back >"got.$i" &
		eval "client_$i=$!"
		children="$children $!"
	done
	exchange "TCP$1:$3:9002"
	for i in 1 2 3 4; do
		eval "wait_gone 20 \$client_$i 'a client'"
		same "got.$i" back
	done
	end "$pid"

	step "$2: who is there is told to the program"
	# shellcheck disable=SC2016 # for the program
	serve told "TCP$1-LISTEN:9003,bind=$3,fork" \
		SYSTEM:'echo $SOCAT_PEERADDR $SOCAT_SOCKADDR $SOCAT_SOCKPORT'
	run_b socat - "TCP$1:$3:9003" </dev/null >got
	"$python" - "$4" "$2" got <<-'END' || fail "it was told $(cat got)"
		import ipaddress, sys
		peer, own, port = open(sys.argv[3]).read().split()
		for told, address in (peer, sys.argv[1]), (own, sys.argv[2]):
		    assert (ipaddress.ip_address(told.strip("[]")) ==
		            ipaddress.ip_address(address))
		assert port == "9003"
	END
	end "$pid"

	step "$2: TLS"
	serve tls "OPENSSL-LISTEN:9004,pf=ip$1,bind=$3,cert=both.pem,verify=0,fork" \
		EXEC:cat
	exchange "OPENSSL:$3:9004,pf=ip$1,cafile=certificate,commonname=test"
	end "$pid"

	step "$2: datagrams"
	serve udp "UDP$1-LISTEN:9005,bind=$3,fork" EXEC:cat
	wait_until 15 'it comes back' returned "UDP$1:$3:9005"
	end_family "$pid"
	serve udp "UDP$1-RECVFROM:9006,bind=$3,fork" EXEC:cat
	wait_until 15 'it comes back' returned "UDP$1-DATAGRAM:$3:9006"
	end_family "$pid"

	step "$2: from a Unix socket to the virtual network"
	serve fork "TCP$1-LISTEN:9002,bind=$3,fork,reuseaddr" EXEC:cat
	server=$pid
	rm -f relay
	spawn relay 2 socat UNIX-LISTEN:relay,fork "TCP$1:$3:9002"
	wait_until 10 'the relay listens' test -S relay
	socat -t 10 - UNIX:relay <there >got
	same got there
	end "$pid"
	end "$server"

	step "$2: nobody there"
	got=0
	run_b socat - "TCP$1:$3:9009" </dev/null 2>err.log || got=$?
	[ $got = 1 ] || fail "socat ended with status $got"
	grep -q 'Connection refused' err.log || fail 'it was not refused'
}
round 4 "$ADDR_A" "$ADDR_A" "$ADDR_B"
round 6 "$ADDR6_A" "[$ADDR6_A]" "$ADDR6_B"

step 'a broadcast, and a group'
for target in "$subnet.255" 255.255.255.255; do
	serve broadcast "UDP4-RECV:9010,broadcast" CREATE:got.broadcast -u
	heard() {
		echo "to all of $target" | run_b socat -u - \
			"UDP4-DATAGRAM:$target:9010,broadcast"
		grep -qs "to all of $target" got.broadcast
	}
	wait_until 10 "a broadcast to $target" heard
	end "$pid"
done
serve group "UDP4-RECV:9011,ip-add-membership=239.1.2.3:$ADDR_A" \
	CREATE:got.group -u
joined() {
	echo 'to the group' | run_b socat -u - \
		"UDP4-DATAGRAM:239.1.2.3:9011,ip-multicast-if=$ADDR_B"
	grep -qs 'to the group' got.group
}
wait_until 10 'a datagram to the group' joined
end "$pid"
