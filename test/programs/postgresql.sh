#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# postgresql.sh - PostgreSQL, a process for each connection, with TLS and not;
# psql, pgbench, copies of large data, cancelled queries, a replica, a crash
#
# It refuses to be root, so it is the ordinary user that lib/user.sh finds.
#
#	A: postgres, with a replica on B   <----   B: psql, pgbench
# ctest: full
# ctest: timeout 240
# ctest: via seccomp
# ctest: via netns
# matrix: postgresql | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/user.sh"
. "$(dirname "$0")/../lib/node.sh"
for dir in /usr/lib/postgresql/*/bin /usr/libexec/postgresql*; do
	[ ! -x "$dir/initdb" ] || PATH=$dir:$PATH
done
need initdb postgres psql pgbench pg_basebackup openssl
plain_user
lan
mkdir data replica
! real_root || chown "$plain_name" data replica
run_plain 1 initdb -D "$work/data" -U postgres -A trust -N >initdb.log
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout data/server.key -out data/server.crt -subj /CN=test -days 2 \
	2>openssl.log
! real_root || chown "$plain_name" data/server.key
chmod 600 data/server.key
cat >>data/postgresql.conf <<END
listen_addresses = '$ADDR_A, $ADDR6_A'
unix_socket_directories = ''
ssl = on
fsync = off
shared_buffers = 16MB
END
cat >>data/pg_hba.conf <<END
host all all 0.0.0.0/0 trust
host all all ::/0 trust
host replication all 0.0.0.0/0 trust
host replication all ::/0 trust
END
PGUSER=postgres
PGCONNECT_TIMEOUT=10
export PGUSER PGCONNECT_TIMEOUT

# ask COMMAND [OPTION...]: what psql on B says, nothing but values
ask() {
	command=$1
	shift
	run_b psql -X -A -t -q -h "$address" -c "$command" "$@"
}

ready() {
	[ "$(ask 'select 1' 2>/dev/null)" = 1 ]
}

spawn_plain postgres 1 postgres -D "$work/data"
server=$pid
address=$ADDR_A
wait_until 20 'PostgreSQL answers' ready
virtual_only "$ADDR_A" 5432

# round ADDRESS OWN-ADDRESS
round() {
	address=$1
	for PGSSLMODE in disable require; do
		export PGSSLMODE
		step "$address, TLS: $PGSSLMODE"
		[ "$(ask 'select host(inet_client_addr())')" = "$2" ] ||
			fail 'the server is told another address'
		ask 'drop table if exists t' 2>/dev/null
		ask 'create table t(n integer, v text)'
		ask "copy t from stdin" <table
		ask 'copy (select * from t order by n) to stdout' >got
		same got table
		[ "$(ask 'select sum(length(v)) from t')" = "$total" ] ||
			fail 'some of the values are short'
	done

	step "$address, pgbench"
	{
		run_b pgbench -q -i -s 2 -h "$address"
		run_b pgbench -n -c 10 -j 2 -t 100 -h "$address"
		# A connection for each.
		run_b pgbench -n -c 5 -j 1 -t 50 -S -C -h "$address"
	} >pgbench.log 2>&1
	[ "$(grep -c 'failed transactions: 0 ' pgbench.log)" = 2 ] ||
		fail 'not all transactions came to their end'

	step "$address, a query that is cancelled"
	spawn query 2 psql -X -h "$address" -c 'select pg_sleep(50)'
	wait_until 10 'it runs' sleeps
	kill -INT "$pid"
	wait_gone 10 "$pid" 'psql'
	grep -q 'canceling statement due to user request' query.log ||
		fail 'the query was not cancelled'

	step "$address, who listens is told"
	{
		echo 'listen news;'
		echo "select 'listens';"
		wait_until 10 'somebody tells' test -e told
		echo 'select 1;'
	} | run_b psql -X -h "$address" >listener.log 2>&1 &
	listener=$!
	children="$children $listener"
	wait_until 10 'somebody listens' grep -q listens listener.log
	ask "notify news, 'hello'"
	: >told
	wait_gone 10 $listener 'the listener'
	grep -q 'payload "hello"' listener.log || fail 'the news did not come'
	rm told
}

sleeps() {
	[ "$(ask "select count(*) from pg_stat_activity
		where query like '%pg_sleep(50)' and state = 'active'")" = 1 ]
}

"$python" - >table <<'END'
import os
for n in range(20000):
    print(n, os.urandom(n % 500).hex(), sep="\t")
END
total=$(cut -f 2 table | tr -d '\n' | wc -c)
round "$ADDR_A" "$ADDR_B"
round "$ADDR6_A" "$ADDR6_B"

step 'a replica on the other node'
unset PGSSLMODE
chmod 700 replica
run_plain 2 pg_basebackup -h "$ADDR6_A" -D "$work/replica" -X stream -R \
	-c fast
cat >>replica/postgresql.conf <<END
listen_addresses = '$ADDR_B'
port = 5433
END
spawn_plain replica 2 postgres -D "$work/replica"
replica=$pid
arrived() {
	[ "$(run_b psql -X -A -t -q -h "$ADDR_B" -p 5433 -c \
		'select count(*) from later' 2>/dev/null)" = 1000 ]
}
ask 'create table later as select * from generate_series(1, 1000)'
wait_until 20 'the replica follows' arrived
end "$replica"

step 'a server process is killed: all connections end, new ones are taken'
spawn query 2 psql -X -h "$ADDR_A" -c 'select pg_sleep(50)'
wait_until 10 'it runs' sleeps
kill -KILL "$(ps -o pid=,args= --ppid "$(program "$server")" |
	awk '/SELECT/ { print $1; exit }')"
wait_gone 10 "$pid" 'psql'
[ "$status" != 0 ] || fail 'psql did not notice'
wait_until 20 'PostgreSQL answers again' ready
ask 'select count(*) from later' | grep -qx 1000 || fail 'rows were lost'

step 'the end'
kill -INT "$server"
wait_gone 20 "$server" PostgreSQL
[ "$status" = 0 ] || fail "PostgreSQL ended with status $status"
