#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# perl.sh - Perl's socket modules, with select, fork, sockets as files of stdio,
# and LWP where it is installed
#
#	A: echo.pl, http.server   <----   B: ask.pl
# ctest: via seccomp
# ctest: via netns
# matrix: perl | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need perl
perl -MIO::Socket::IP -MIO::Select -e1 2>/dev/null ||
	skip "perl's modules are not installed"
lan
mkdir www
make_file www/file 5000000

# Lines of text, a process for each connection, and datagrams in between.
cat >echo.pl <<'END'
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::IP;

$SIG{CHLD} = 'IGNORE';
my ($module, $address) = @ARGV;
my $stream = "IO::Socket::$module"->new(LocalAddr => $address,
	LocalPort => 7777, Listen => 10, ReuseAddr => 1, Proto => 'tcp')
	or die "listen: $@";
my $datagrams = "IO::Socket::$module"->new(LocalAddr => $address,
	LocalPort => 7777, Proto => 'udp') or die "bind: $@";
my $select = IO::Select->new($stream, $datagrams);
while (1) {
	for my $ready ($select->can_read) {
		if ($ready == $datagrams) {
			my $from = $datagrams->recv(my $data, 65536);
			$datagrams->send($data, 0, $from);
			next;
		}
		my $client = $stream->accept or next;
		next if fork;
		print $client $client->peerhost, "\n";
		while (my $line = <$client>) {
			print $client scalar reverse(chomp $line ? $line : $line),
				"\n";
		}
		exit;
	}
}
END
cat >ask.pl <<'END'
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::IP;
use Socket qw(SHUT_WR);

my ($module, $address, $own) = @ARGV;
for my $i (1 .. 5) {
	my $s = "IO::Socket::$module"->new(PeerAddr => $address,
		PeerPort => 7777, Proto => 'tcp', Timeout => 5)
		or die "connect: $@";
	die 'peer' unless $s->peerport == 7777 && $s->peerhost eq $address;
	chomp(my $told = <$s>);
	die "told $told" unless $told eq $own;
	my @lines = map { 'x' x ($_ * 7 % 1000) . $_ } 1 .. 1000;
	defined(my $child = fork) or die "fork: $!";
	if (!$child) {
		print $s "$_\n" for @lines;
		$s->flush;
		$s->shutdown(SHUT_WR);
		exit 0;
	}
	for my $line (@lines) {
		chomp(my $got = <$s> // 'nothing');
		die "other text: $got" unless $got eq reverse $line;
	}
	die 'no end' if defined <$s>;
	waitpid $child, 0;
}
my $u = "IO::Socket::$module"->new(PeerAddr => $address, PeerPort => 7777,
	Proto => 'udp') or die "udp: $@";
my @sizes = (1, 1400, 8000);
my $tries = 0;
while (@sizes) {
	die 'datagrams do not come back' if $tries++ > 10;
	my $data = 'd' x $sizes[0];
	$u->send($data);
	vec(my $bits = '', $u->fileno, 1) = 1;
	next unless select $bits, undef, undef, 2;
	$u->recv(my $got, 65536);
	shift @sizes if $got eq $data;
}
"IO::Socket::$module"->new(PeerAddr => $address, PeerPort => 9,
	Proto => 'tcp') and die 'port 9 is open';
die "it is not refused: $!" unless $!{ECONNREFUSED};
print "$module: everything came back\n";
END

# round MODULE ADDRESS OWN-ADDRESS
round() {
	step "IO::Socket::$1, $2"
	spawn echo 1 perl echo.pl "$1" "$2"
	wait_answers 2 "$2" 7777
	virtual_only "$2" 7777
	run_b perl ask.pl "$1" "$2" "$3"
	end "$pid"
}
round INET "$ADDR_A" "$ADDR_B"
round IP "$ADDR_A" "$ADDR_B"
round IP "$ADDR6_A" "$ADDR6_B"

# shellcheck disable=SC2016 # perl's dollars, here and below
fetch='print "$INC{q(HTTP/Tiny.pm)}\n";
my $r = HTTP::Tiny->new->mirror($ARGV[0], "got");
die "$r->{status} $r->{content}" unless $r->{success}'
for address in "$ADDR_A" "$ADDR6_A"; do
	case $address in
	*:*) url="http://[$address]:8080/file" ;;
	*) url=http://$address:8080/file ;;
	esac
	spawn web 1 "$python" -m http.server --bind "$address" -d www 8080
	wait_answers 2 "$address" 8080
	step "HTTP::Tiny, $address"
	rm -f got
	run_b perl -MHTTP::Tiny -e "$fetch" "$url" >perl.log
	same got www/file
	if perl -MLWP::Simple -e1 2>/dev/null; then
		step "LWP, $address"
		rm -f got
		# shellcheck disable=SC2016
		run_b perl -MLWP::Simple -e \
			'exit(getstore($ARGV[0], "got") != 200)' "$url"
		same got www/file
	fi
	end "$pid"
done
