#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# openssh.sh - sshd, which splits itself into processes of other users and shuts
# them into sandboxes, and ssh, scp, sftp, forwarded ports and git over it
#
# Real root runs sshd with all of its separation, and anybody else as the user
# they are, to whom it gives a session only.
#
#	A: sshd :2222, http.server :8080   <----   B: ssh, scp, sftp, git
# ctest: via seccomp
# ctest: via netns
# matrix: openssh | v4 v6 | preload seccomp netns
# matrix: git over ssh | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/user.sh"
. "$(dirname "$0")/../lib/node.sh"
need sshd ssh scp sftp ssh-keygen git
sftp_server=
for file in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server \
	/usr/libexec/sftp-server /usr/lib/ssh/sftp-server; do
	[ ! -x "$file" ] || sftp_server=$file
done
[ -n "$sftp_server" ] || skip 'sftp-server is not installed'
if real_root; then
	plain_root
	[ -d /run/sshd ] || [ -z "${TL_OWN_NETWORK-}" ] || mkdir /run/sshd
	[ -d /run/sshd ] || skip 'root needs /run/sshd, which sshd makes'
else
	plain_user
fi
shell=$(getent passwd "$plain_name" | cut -d : -f 7)
case $shell in
*/sh | */bash | */dash | */zsh | */ksh) ;;
*) skip "the shell of $plain_name is $shell, so there is no session for it" ;;
esac
lan
make_file big 50000000
make_file small 5000000
ssh-keygen -q -t ed25519 -N '' -f host_key
ssh-keygen -q -t ed25519 -N '' -f user_key
cp user_key.pub authorized_keys
cat >sshd_config <<END
Port 2222
ListenAddress $ADDR_A
ListenAddress $ADDR6_A
HostKey $work/host_key
PidFile none
AuthorizedKeysFile $work/authorized_keys
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
UsePAM no
GatewayPorts clientspecified
Subsystem sftp $sftp_server
END
cat >ssh_config <<END
Host *
	Port 2222
	User $plain_name
	IdentityFile $work/user_key
	IdentitiesOnly yes
	BatchMode yes
	StrictHostKeyChecking accept-new
	UserKnownHostsFile $work/known_hosts
	LogLevel ERROR
END
spawn_plain sshd 1 "$(command -v sshd)" -D -e -f "$work/sshd_config"
sshd=$pid
wait_answers 2 "$ADDR_A" 2222
wait_answers 2 "$ADDR6_A" 2222
virtual_only "$ADDR_A" 2222

to_a() {
	run_b ssh -F ssh_config "$@"
}

# tunnel NODE URL OPTION...: and a file through it, fetched by that node
tunnel() {
	tunnel_at=$1
	tunnel_url=$2
	shift 2
	spawn tunnel 2 ssh -F ssh_config -N -o ExitOnForwardFailure=yes "$@" \
		"$address"
	if [ "$tunnel_at" = a ]; then
		wait_answers 1 "$forwarded" 9000
	else
		wait_answers 2 "$forwarded" 9000
	fi
	virtual_only "$forwarded" 9000
	"run_$tunnel_at" curl -sS -f -g -o got "$tunnel_url"
	same got small
	end "$pid"
}

spawn web 1 "$python" -m http.server --bind "$ADDR_A" 8080
wait_answers 1 "$ADDR_A" 8080

# session ADDRESS BRACKETED-ADDRESS OWN-ADDRESS
session() {
	address=$1
	bracketed=$2
	step "a session, $address"
	# shellcheck disable=SC2016 # for the other side
	to_a "$address" 'echo $SSH_CONNECTION; exit 7' >got || got=$?
	[ "${got-}" = 7 ] || fail "the status of the session is ${got-0}, not 7"
	awk -v from="$3" -v to="$address" '
		END { exit !($1 == from && $3 == to && $4 == 2222) }' got ||
		fail "the session came from and to: $(cat got)"
	to_a "$address" cat <big >got
	same got big
	# A terminal's group has no number in a user namespace.
	[ -n "$plain" ] || to_a -tt "$address" tty </dev/null |
		grep -q /dev/pts || fail 'no terminal was made'

	step 'scp, new way and old, and sftp'
	run_b scp -q -F ssh_config big "$bracketed:$work/there"
	same there big
	run_b scp -q -O -F ssh_config "$bracketed:$work/there" back
	same back big
	printf 'put big %s/there\nget %s/there back\n' "$work" "$work" \
		>commands
	rm there back
	run_b sftp -q -F ssh_config -b commands "$bracketed" >sftp.log
	same there big
	same back big

	step 'forwarded ports: of the client, of the server, SOCKS'
	forwarded=$ADDR_B
	tunnel a "http://$ADDR_B:9000/small" -L "$ADDR_B:9000:$ADDR_A:8080"
	forwarded=$ADDR6_A
	tunnel b "http://[$ADDR6_A]:9000/small" -R "[$ADDR6_A]:9000:$ADDR_A:8080"
	forwarded=$ADDR6_B
	spawn proxy 2 ssh -F ssh_config -N -D "[$ADDR6_B]:9000" "$address"
	wait_answers 2 "$ADDR6_B" 9000
	run_a curl -sS -f -o got --socks5 "[$ADDR6_B]:9000" \
		"http://$ADDR_A:8080/small"
	same got small
	end "$pid"

	step 'sessions that share a connection'
	spawn master 2 ssh -F ssh_config -N -M -S "$work/control" "$address"
	wait_until 10 'the master is there' test -S control
	for i in 1 2 3; do
		to_a -S "$work/control" "$address" "echo $i"
	done >got
	[ "$(paste -s -d ' ' got)" = '1 2 3' ] || fail "they said: $(cat got)"
	end "$pid"

	step 'git, over ssh'
	rm -rf repository clone
	git init -q -b main --bare repository
	GIT_SSH_COMMAND="ssh -F $work/ssh_config"
	export GIT_SSH_COMMAND
	git config --global --replace-all safe.directory '*'
	run_b git clone -q "ssh://$bracketed$work/repository" clone 2>>git.log
	cp small clone/
	git -C clone add small
	git -C clone -c user.name=n -c user.email=e@example.org \
		commit -q -m 'a file'
	run_b git -C clone push -q origin HEAD:main 2>>git.log
	rm -rf clone
	run_b git clone -q -b main "ssh://$bracketed$work/repository" clone
	same clone/small small
}
session "$ADDR_A" "$ADDR_A" "$ADDR_B"
session "$ADDR6_A" "[$ADDR6_A]" "$ADDR6_B"

step 'sshd reads its configuration again'
kill -HUP "$sshd"
wait_answers 2 "$ADDR_A" 2222
is_alive "$sshd" || fail 'sshd has ended'
[ "$(to_a "$ADDR_A" echo again)" = again ] || fail 'no session afterwards'

step 'killed in the middle of a file'
# The session tells who serves it; then it sends without end.
# shellcheck disable=SC2016 # for the other side
spawn endless 2 ssh -F ssh_config "$ADDR_A" 'echo $PPID; exec cat /dev/zero'
wait_until 10 'the session sends' test -s endless.log
server=$(head -c 20 endless.log | tr '\0' '\n' | head -n 1)
kill -KILL "$server"
wait_gone 10 "$pid" 'the client of a dead server'
[ "$status" = 255 ] || fail "ssh ended with status $status, not 255"
: >endless.log

step 'no way in with another key'
ssh-keygen -q -t ed25519 -N '' -f other_key
got=0
run_b ssh -F none -i other_key -p 2222 -o BatchMode=yes -o IdentityAgent=none \
	-o UserKnownHostsFile=known_hosts "$plain_name@$ADDR_A" true \
	2>err.log || got=$?
[ $got = 255 ] || fail "ssh ended with status $got, not 255"
grep -q 'Permission denied' err.log || fail 'permission was not denied'
end "$sshd"
