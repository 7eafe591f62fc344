#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# mariadb.sh - MariaDB, a thread for each connection, with TLS and not: values of
# many sizes, many clients, a query that is killed, a replica on the other node
#
#	A: mariadbd :3306, with a replica on B :3307   <----   B: mariadb
# ctest: full
# ctest: timeout 240
# ctest: via seccomp
# ctest: via netns
# matrix: mariadb | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need mariadbd mariadb mariadb-install-db mariadb-slap mariadb-dump openssl
lan
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout key -out certificate -subj /CN=test -days 2 2>openssl.log

cat >users.sql <<'END'
CREATE USER IF NOT EXISTS 'test'@'%' IDENTIFIED BY 'word';
GRANT ALL ON *.* TO 'test'@'%';
CREATE DATABASE IF NOT EXISTS test;
END

# start NAME NODE ADDRESSES PORT ID
start() {
	mkdir "$1"
	mariadb-install-db --no-defaults --datadir="$work/$1" \
		--auth-root-authentication-method=normal --skip-test-db \
		--user="$(id -un)" >install.log 2>&1
	spawn "$1-server" "$2" mariadbd --no-defaults --datadir="$work/$1" \
		--user="$(id -un)" --bind-address="$3" --port="$4" \
		--skip-name-resolve \
		--socket="$work/$1.sock" --pid-file="$work/$1.pid" \
		--init-file="$work/users.sql" --server-id="$5" \
		--log-bin="$work/$1/log" --innodb-buffer-pool-size=32M \
		--innodb-log-file-size=8M --innodb-flush-log-at-trx-commit=0 \
		--max-allowed-packet=32M --ssl-cert="$work/certificate" \
		--ssl-key="$work/key"
}

address=$ADDR_A
port=3306
# ask STATEMENT [OPTION...]: what the server says, nothing but values
ask() {
	statement=$1
	shift
	run_b mariadb --no-defaults -h "$address" -P "$port" -u test -pword \
		-N -B -r --max-allowed-packet=32M "$@" -e "$statement" test
}

ready() {
	[ "$(ask 'select 1' 2>/dev/null)" = 1 ]
}

start first 1 "$ADDR_A,$ADDR6_A" 3306 1
server=$pid
wait_until 60 'MariaDB answers' ready
virtual_only "$ADDR_A" 3306

sleeps() {
	[ "$(ask "select count(*) from information_schema.processlist
		where info like 'select sleep(50)%'")" = 1 ]
}

# round ADDRESS OWN-ADDRESS
round() {
	address=$1
	for tls in --skip-ssl --ssl; do
		step "$address $tls"
		ask 'select user()' $tls | grep -qx "test@$2" ||
			fail 'the server is told another address'
		ask 'drop table if exists t;
			create table t(n int primary key, v longblob)' $tls
		for n in 1 1000 100000 10000000; do
			ask "insert into t values ($n, repeat('x', $n))" $tls
			ask "select v from t where n = $n" $tls | tr -d '\n' >got
			[ "$(tr -d x <got | wc -c)" = 0 ] || fail 'other letters'
			[ "$(wc -c <got)" = $n ] ||
				fail "a value of $n bytes does not come back"
		done
	done

	step "$address, many clients"
	run_b mariadb-slap --no-defaults -h "$address" -u test -pword -a \
		--concurrency=10 --iterations=1 --number-of-queries=500 \
		--auto-generate-sql-load-type=mixed --create-schema=slap \
		>slap.log

	step "$address, a query is killed"
	spawn query 2 mariadb --no-defaults -h "$address" -u test -pword \
		-e 'select sleep(50), 1 from mysql.user' test
	wait_until 10 'it runs' sleeps
	ask "select concat('kill ', id) from information_schema.processlist
		where info like 'select sleep(50)%'" >kill.sql
	ask "$(cat kill.sql)"
	wait_gone 10 "$pid" 'the client'
	[ "$status" = 1 ] || fail "the client ended with status $status"
}
round "$ADDR_A" "$ADDR_B"
round "$ADDR6_A" "$ADDR6_B"

step 'a replica on the other node'
start second 2 "$ADDR6_B" 3307 2
replica=$pid
address=$ADDR6_B
port=3307
wait_until 60 'the replica answers' ready
ask "change master to master_host = '$ADDR6_A', master_user = 'test',
	master_password = 'word', master_use_gtid = slave_pos;
	set global gtid_slave_pos = ''; start slave"
arrived() {
	[ "$(ask 'select count(*) from later' 2>/dev/null)" = 1000 ]
}
address=$ADDR_A
port=3306
ask 'create table later as select seq from seq_1_to_1000'
address=$ADDR6_B
port=3307
wait_until 30 'the replica follows' arrived
end "$replica"
end "$server"
[ "$status" = 0 ] || fail "MariaDB ended with status $status"
