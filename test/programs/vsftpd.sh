#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# vsftpd.sh - FTP, whose server calls its client back, or is called by it, at an
# address that one has told the other
#
#	A: vsftpd :2121   <----   B: lftp, curl
#	                  ---->   B: where it says that it listens
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: vsftpd | v4 v6 | preload seccomp netns
# matrix: vsftpd | no | proxy | it tells its clients addresses that a forward does not lead to
. "$(dirname "$0")/../lib/node.sh"
need vsftpd lftp curl
lan
mkdir ftp ftp/pub empty
make_file ftp/pub/file 3000000

# serve ADDRESS: IPv6 has a word of its own
serve() {
	case $1 in
	*:*) listen="listen=NO
listen_ipv6=YES
listen_address6=$1" ;;
	*) listen="listen=YES
listen_address=$1" ;;
	esac
	cat >vsftpd.conf <<-END
		$listen
		listen_port=2121
		background=NO
		anonymous_enable=YES
		anon_root=$work/ftp
		no_anon_password=YES
		run_as_launching_user=YES
		secure_chroot_dir=$work/empty
		port_enable=YES
		pasv_enable=YES
		connect_from_port_20=NO
		xferlog_enable=NO
		seccomp_sandbox=NO
	END
	chmod 600 vsftpd.conf
	spawn vsftpd 1 vsftpd "$work/vsftpd.conf"
	wait_answers 2 "$1" 2121
	virtual_only "$1" 2121
}

# Where lftp sees no interface with an address of IPv6 it has none: under a
# launcher getifaddrs(3) tells of the host.
by_lftp() {
	[ "${TL_VIA-} $address" != "seccomp $ADDR6_A" ] || return 0
	for passive in on off; do
		step "$address, lftp, passive $passive"
		rm -f got
		# There its signals may interrupt socket(2), too.
		echo "set net:max-retries 3; set net:timeout 10;" \
			"set net:reconnect-interval-base 1;" \
			"set ftp:passive-mode $passive;" \
			"open ftp://$bracketed:2121; get pub/file -o got; ls" \
			>script
		run_b lftp -f script >list 2>lftp.log ||
			fail "lftp: $(cat lftp.log)"
		same got ftp/pub/file
		grep -q ' pub$' list || fail "the list: $(cat list)"
	done
}

for address in "$ADDR_A" "$ADDR6_A"; do
	bracketed=$address
	[ "$address" = "$ADDR_A" ] || bracketed="[$address]"
	serve "$address"
	by_lftp
	step "$address, curl, called back and calling"
	for way in '--ftp-port -' '--ftp-pasv'; do
		rm -f got
		# shellcheck disable=SC2086 # a list of words
		run_b curl -sS -f -g -m 20 $way -o got \
			"ftp://$bracketed:2121/pub/file"
		same got ftp/pub/file
	done
	end "$pid"
done
