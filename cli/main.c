/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - the table of subcommands, and the options they have in common
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/service_options.h"
#include "portmap/portmap.h"

#define ARGS_MAX 4096

/**
 * struct command - One subcommand
 * @run:	gets the common options parsed
 * @run_own:	parses them itself
 * @args:	for the usage line
 * @text:	what it does, one line
 * @more:	further lines for --help, or NULL
 */
struct command {
	const char *name;
	int (*run)(const struct cli *cli, int argc, char **argv);
	int (*run_own)(int argc, char **argv);
	const char *args;
	const char *text;
	const char *more;
};

static const struct command commands[] = {
	{ "service", NULL, tl_cmd_service, "[--home DIR] [--port N] ...",
	  "run a node", tl_service_help },
	{ "run", NULL, tl_cmd_run,
	  "[-D DIR] [--via WAY] [--isolate] [--listen SIDE] ... COMMAND...",
	  "run a program on the virtual networks of a running node",
	  "  --via WAY        preload: attach an object to the program; "
	  "seccomp:\n"
	  "                   answer its system calls from outside, for "
	  "static\n"
	  "                   ones and Go; netns: devices in a network "
	  "namespace;\n"
	  "                   auto (the default): preload, or seccomp\n"
	  "  With netns, which is a node by itself:\n"
	  "  --network NWID   this network only, joined or not\n"
	  "  --name NAME      the node in DIR/ns/NAME, if DIR's own runs "
	  "already\n"
	  "  --wait SECONDS   how long for a network to be ready, 30\n"
	  "  --root           be root inside\n"
	  "  With the others:\n"
	  "  --isolate        the program reaches nothing but virtual "
	  "networks\n"
	  "  --listen SIDE    where it listens when it binds to 0.0.0.0 or "
	  "::,\n"
	  "                   virtual (the default), host or both\n"
	  "  --dns off        leave alone what it asks name servers itself\n"
	  "  --host DEST      this destination is the host's\n"
	  "  --route DEST     this one is never the host's\n"
	  "                   DEST is ADDRESS[/BITS][,PORT[-LAST]]\n"
	  "  --allow PORTS    others may call only these, as "
	  "tcp/80,udp/5000-5010\n"
	  "  --activate [ADDRESS:]PORT\n"
	  "                   start it with a listener there, as systemd "
	  "does\n"
	  "Exit status: the program's; 127 not found, 126 not executable or\n"
	  "cannot be attached to; 1 no running node, 2 usage.\n"
	  "TAPLESS_PRELOAD names another preload object.\n" },
#ifndef TL_LITE
	{ "attach", NULL, tl_cmd_attach, "[-D DIR] --netns PATH|PID [-v] ...",
	  "put the virtual networks into a network namespace",
	  "  -D, --home DIR   of the node; its networks are those\n"
	  "  --netns WHICH    a file such as /run/netns/NAME, or a process in "
	  "it\n"
	  "  --network NWID   this network only, joined or not\n"
	  "  --name NAME      of the second node, for when DIR's own runs "
	  "already;\n"
	  "                   it is kept in DIR/ns/NAME; default\n"
	  "  -v, --verbose    log more; twice: still more\n"
	  "Stays until SIGTERM, or until the namespace has gone. A name "
	  "server inside,\n"
	  "at 127.0.0.53 if nobody else is there, answers <node>.zt.\n" },
	{ "proxy", NULL, tl_cmd_proxy,
	  "[-D DIR] [--socks WHERE] [--http WHERE] ...",
	  "a SOCKS5 and HTTP proxy onto the virtual networks",
	  "  -D, --home DIR   of the node\n"
	  "  --socks WHERE    listen for SOCKS5 clients\n"
	  "  --http WHERE     listen for HTTP clients\n"
	  "                   WHERE is ADDRESS:PORT or unix:PATH; without "
	  "either,\n"
	  "                   both at 127.0.0.1:1080\n"
	  "  --user NAME --password-file FILE\n"
	  "                   let nobody in but NAME, with the password in "
	  "the\n"
	  "                   file's first line; needed to listen beyond "
	  "loopback\n"
	  "  --isolate        refuse what is in no virtual network\n"
	  "  --max-clients N  connections at the same time, 4096\n"
	  "  --max-per-client N\n"
	  "                   of one address, 1024\n"
	  "  --drain SECONDS  how long connections may go on after SIGTERM, "
	  "10\n" },
	{ "forward", NULL, tl_cmd_forward,
	  "[-D DIR] [-U] -L|-R [BIND:]PORT:HOST:HOSTPORT ...",
	  "ports of the host that lead onto the virtual networks, and back",
	  "  -L [BIND:]PORT:HOST:HOSTPORT\n"
	  "                   listen on the host, connect to a virtual "
	  "network;\n"
	  "                   unix:PATH may stand for [BIND:]PORT\n"
	  "  -R [BIND:]PORT:HOST:HOSTPORT\n"
	  "                   listen on the virtual networks, connect to the "
	  "host;\n"
	  "                   unix:PATH may stand for HOST:HOSTPORT\n"
	  "  -U, --udp        the next one is UDP\n"
	  "  --max-clients N, --max-per-client N, --drain SECONDS\n"
	  "                   as for proxy; UDP sources count, too\n"
	  "  --udp-idle SECONDS\n"
	  "                   how long a UDP source may be silent, 60\n"
	  "Without BIND, -L listens on loopback and -R on all virtual "
	  "networks;\n"
	  "with an empty one or *, on all addresses. IPv6 in brackets.\n" },
#endif
	{ "wait", tl_cmd_wait, NULL, "[--network NETWORK] [--timeout SECONDS]",
	  "wait until the node is online, or a network is ready",
	  "  --network NETWORK  until it is configured and has an address\n"
	  "  --timeout SECONDS  at most so long; without, for ever\n"
	  "Exit status: 0 when it is so, 1 and the reason if not.\n" },
	{ "info", tl_cmd_info, NULL, "", "show this node's address and state",
	  NULL },
	{ "status", tl_cmd_info, NULL, "", "same as info", NULL },
	{ "listpeers", tl_cmd_listpeers, NULL, "", "list peers, for scripts",
	  NULL },
	{ "peers", tl_cmd_peers, NULL, "", "list peers, for people", NULL },
	{ "listnetworks", tl_cmd_listnetworks, NULL, "", "list joined networks",
	  NULL },
	{ "join", tl_cmd_join, NULL, "NETWORK", "join a network",
	  "NETWORK is its ID, 16 hexadecimal digits.\n" },
	{ "leave", tl_cmd_leave, NULL, "NETWORK", "leave a network", NULL },
	{ "set", tl_cmd_set, NULL, "NETWORK KEY=VALUE",
	  "change a setting of a joined network",
	  "KEY is allowManaged, allowGlobal, allowDefault, allowDNS or\n"
	  "allowRemoteTrace;\n"
	  "VALUE is 1 or true, 0 or false. Or allowUsers: names or uids, with\n"
	  "commas, of those whom the network is for; none: for all who may "
	  "use\n"
	  "the service.\n" },
	{ "get", tl_cmd_get, NULL, "NETWORK KEY",
	  "show a property of a joined network",
	  "KEY is a field of the network object, or ip, ip4, ip6, ip6plane,\n"
	  "ip6prefix for the assigned addresses, one a line.\n" },
	{ "listmoons", tl_cmd_listmoons, NULL, "", "list orbited moons", NULL },
	{ "orbit", tl_cmd_orbit, NULL, "MOON SEED", "use the roots of a moon",
	  "MOON is its ID, SEED the address of one of its roots.\n" },
	{ "deorbit", tl_cmd_deorbit, NULL, "MOON",
	  "no longer use the roots of a moon", NULL },
#ifndef TL_LITE
	{ "listbonds", tl_cmd_listbonds, NULL, "",
	  "list peers with several paths at once", NULL },
	{ "bond", tl_cmd_bond, NULL, "list|PEER show|PEER rotate",
	  "several paths to one peer, of services that have that",
	  "Services of tapless use one path to a peer at a time.\n" },
	{ "ping", tl_cmd_ping, NULL, "[-c N] [-i S] NODE|ADDRESS|NAME",
	  "round trips to a node or a virtual address",
	  "  -c, --count N    stop after N; without, until it is interrupted\n"
	  "  -i, --interval S seconds between them, 1; not below 0.2\n"
	  "NODE is ten hexadecimal digits: its service answers. ADDRESS and "
	  "NAME are of\n"
	  "a virtual network: whoever has it answers (ICMP). Each line says "
	  "how packets\n"
	  "go. Exit status: 0 if anything was answered, 1 if nothing, 2 if "
	  "it could not\n"
	  "be tried.\n" },
	{ "trace", tl_cmd_trace, NULL, "NODE|ADDRESS|--reports",
	  "which way packets to a node take, and what else was tried",
	  "  --reports        what members of networks report to this node, "
	  "as whose\n"
	  "                   remoteTraceTarget it is set\n" },
	{ "drops", tl_cmd_drops, NULL, "[-a] [--watch]",
	  "what was not used, why, and what to do about it",
	  "  -a, --all        also what did not happen\n"
	  "  --watch          what happens from now on, as it does\n" },
	{ "speedtest", tl_cmd_speedtest, NULL,
	  "[--udp] [--reverse] [-t S] [-b MBIT] ADDRESS [PORT]",
	  "how much goes to another node",
	  "  --udp            datagrams, not a TCP connection\n"
	  "  -b, --rate MBIT  so many of them, 100 Mbit/s\n"
	  "  --reverse        the other side sends\n"
	  "  -t, --time S     for so many seconds, 10\n"
	  "On the other side: tapless speedtest --server [PORT]. The port is "
	  "5999.\n" },
	{ "pcap", tl_cmd_pcap, NULL,
	  "[--wire|--virtual] [NETWORK] [-w FILE] [-c N] [-s N]",
	  "packets as pcapng, for tshark and others",
	  "  --virtual        frames of the joined networks; the default\n"
	  "  --wire           UDP with the outside, encrypted as it is\n"
	  "  NETWORK          only its frames\n"
	  "  -w, --write FILE into this file; -: standard output\n"
	  "  -c, --count N    stop after N packets\n"
	  "  -s, --snaplen N  no more than N bytes of each\n" },
	{ "dump", tl_cmd_dump, NULL, "",
	  "write a report for bug reports to zerotier_dump.txt", NULL },
	{ "id", tl_cmd_id, NULL, "generate|validate|getpublic|sign|verify|...",
	  "make and use identities",
	  "  generate [SECRET-FILE [PUBLIC-FILE [PREFIX]]]\n"
	  "  validate IDENTITY\n"
	  "  getpublic IDENTITY\n"
	  "  sign SECRET-IDENTITY FILE\n"
	  "  verify IDENTITY FILE SIGNATURE\n"
	  "  initmoon IDENTITY\n"
	  "  genmoon MOON.JSON\n"
	  "IDENTITY is a file, or the identity itself. PREFIX is hexadecimal\n"
	  "digits that the address shall begin with.\n" },
	{ "controller", tl_cmd_controller, NULL, "backup|export|import ...",
	  "copy a controller's networks, or move them",
	  "  backup FILE      a copy of the database; the service may run\n"
	  "  export DIR       into files, as the reference's controller.d has "
	  "them;\n"
	  "                   the service may run\n"
	  "  import DIR       from such files, all or nothing; the service "
	  "must "
	  "not run\n"
	  "  import DIR --replace\n"
	  "                   also networks that are there already\n"
	  "A backup is put back by copying it to controller.db in the home of "
	  "a stopped\n"
	  "service, and removing controller.db-wal there.\n" },
	{ "world", tl_cmd_world, NULL, "planet|show ...",
	  "make and show planets",
	  "  planet --out FILE --root IDENTITY=IP/PORT[,IP/PORT] ...\n"
	  "         [--id N] [--sign-key FILE [--next-key FILE]]\n"
	  "  show FILE\n"
	  "The key that may sign later versions is kept in the file given "
	  "with\n"
	  "--sign-key (made if missing); without it, it is thrown away. With\n"
	  "--next-key the next version must be signed with that one.\n" },
	{ "rules", tl_cmd_rules, NULL, "compile|explain|test ...",
	  "the rules of networks, written in words",
	  "  compile [--blob] RULES  the JSON that a controller takes, or "
	  "hexadecimal\n"
	  "  explain RULES PACKET... which rule lets it pass or drops it, and "
	  "why\n"
	  "  test RULES EXPECTATIONS check a file with a line for each "
	  "packet:\n"
	  "                   accept|drop [--at sender|receiver]|redirect "
	  "ADDRESS|\n"
	  "                   tee ADDRESS|watch ADDRESS and the PACKET\n"
	  "RULES is in the rule language, or JSON as a controller shows it; - "
	  "is\n"
	  "standard input. PACKET, of which all may be left out:\n"
	  "  --src IP  --dst IP  --ip-proto NAME  --sport N  --dport N\n"
	  "  --tcp-flags syn,ack  --icmp TYPE[/CODE]  --tos N  --size N\n"
	  "  --ethertype NAME  --mac-src MAC  --mac-dst MAC  --vlan N\n"
	  "  --frame HEX      a whole frame instead\n"
	  "  --zt-src ADDRESS  --zt-dst ADDRESS\n"
	  "  --src-tag TAG=VALUE  --dst-tag TAG=VALUE  --cap CAPABILITY\n"
	  "  --ipauth  --macauth  the sender owns its addresses\n"
	  "  --random P       what is drawn for \"random\", 0.0 to 1.0\n" },
#endif
};

#define NO_COMMAND "there is no command \"%s\"; see tapless --help"

static void print_help(FILE *out)
{
	size_t i;

	fputs("usage: tapless [options] COMMAND [arguments]\n\n"
	      "options, anywhere:\n"
	      "  -D, --home DIR   folder of the node\n"
	      "  -p, --port PORT  port of its HTTP API\n"
	      "  -T, --token TOKEN\n"
	      "                   instead of authtoken.secret\n"
	      "  -H, --host IP    its host, 127.0.0.1\n"
	      "  -j, --json       JSON output\n"
	      "  -h, --help       help on a command; -v, --version\n\n"
	      "commands:\n",
	      out);
	for (i = 0; i < TL_ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-13s %s\n", commands[i].name,
			commands[i].text);
	fputs("  /PATH         what the HTTP API answers to GET, as it is\n",
	      out);
}

static void print_command_help(const struct command *c)
{
	printf("usage: tapless %s%s%s\n\n%s\n", c->name, *c->args ? " " : "",
	       c->args, c->text);
	if (c->more)
		printf("\n%s", c->more);
}

static const struct command *find_command(const char *name)
{
	static const struct command raw = {
		.name = "/PATH",
		.run = tl_cmd_raw,
		.args = "",
		.text = "what the HTTP API answers to GET, as it is",
	};
	size_t i;

	if (*name == '/')
		return &raw;
	for (i = 0; i < TL_ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* A value, attached to the switch or the next argument; NULL if none. */
static const char *take_value(char **argv, int *at, const char *attached)
{
	if (*attached)
		return attached[0] == '=' ? attached + 1 : attached;
	if (!argv[*at + 1])
		return NULL;
	(*at)++;
	return argv[*at];
}

enum taken {
	TAKEN_NOT, /* no common option */
	TAKEN_YES,
	TAKEN_HELP,
	TAKEN_VERSION,
	TAKEN_WRONG, /* said why */
};

static enum taken set_port(struct cli *cli, const char *text)
{
	char *end;
	long long port = strtoll(text, &end, 10);

	if (*end || !*text || port < 0 || port > 65535) {
		tl_cli_fail(EXIT_USAGE,
			    "port \"%s\" is not a number from 0 to 65535",
			    text);
		return TAKEN_WRONG;
	}
	cli->port = (uint16_t)port;
	return TAKEN_YES;
}

static enum taken set_option(struct cli *cli, char letter, const char *value)
{
	if (!value || !*value) {
		tl_cli_fail(EXIT_USAGE,
			    "option -%c needs a value; see tapless --help",
			    letter);
		return TAKEN_WRONG;
	}
	switch (letter) {
	case 'D':
		cli->home = value;
		break;
	case 'T':
		cli->token = value;
		break;
	case 'H':
		cli->host = value;
		break;
	default:
		return set_port(cli, value);
	}
	return TAKEN_YES;
}

/* Long options and the letters that they stand for. */
static enum taken take_long(struct cli *cli, char **argv, int *at)
{
	static const struct {
		const char *name;
		char letter;
	} longs[] = {
		{ "--home", 'D' },
		{ "--port", 'p' },
		{ "--token", 'T' },
		{ "--host", 'H' },
	};
	const char *a = argv[*at];
	size_t i;

	if (strcmp(a, "--json") == 0) {
		cli->json = true;
		return TAKEN_YES;
	}
	if (strcmp(a, "--help") == 0)
		return TAKEN_HELP;
	if (strcmp(a, "--version") == 0)
		return TAKEN_VERSION;
	for (i = 0; i < TL_ARRAY_SIZE(longs); i++) {
		size_t n = strlen(longs[i].name);

		if (strncmp(a, longs[i].name, n) == 0 &&
		    (a[n] == 0 || a[n] == '='))
			return set_option(cli, longs[i].letter,
					  take_value(argv, at, a + n));
	}
	return TAKEN_NOT;
}

/* The option at argv[*at], which is moved on over its value. */
static enum taken take_option(struct cli *cli, char **argv, int *at)
{
	const char *a = argv[*at];

	if (a[0] != '-' || !a[1])
		return TAKEN_NOT;
	if (a[1] == '-')
		return take_long(cli, argv, at);
	if (strchr("DTHp", a[1]))
		return set_option(cli, a[1], take_value(argv, at, a + 2));
	if (a[2])
		return TAKEN_NOT;
	switch (a[1]) {
	case 'j':
		cli->json = true;
		return TAKEN_YES;
	case 'h':
	case '?':
		return TAKEN_HELP;
	case 'v':
		return TAKEN_VERSION;
	default:
		return TAKEN_NOT;
	}
}

static int print_version(void)
{
	printf("tapless %d.%d.%d\n", TL_VERSION_MAJOR, TL_VERSION_MINOR,
	       TL_VERSION_PATCH);
	printf("port mapping: %s\n",
	       tl_portmap_is_built() ? "PCP, NAT-PMP, UPnP" : "not built");
	return tl_cli_finish(EXIT_OK);
}

/* Is it a word of `run` that has its value in the next one? */
static bool takes_next(const char *option)
{
	return option[0] == '-' && !strchr(option, '=') &&
	       strcmp(option, "--isolate") != 0 &&
	       strcmp(option, "--root") != 0 &&
	       !(option[1] == 'D' && option[2]);
}

/* What follows the command of `run` is for that. */
static bool asks_for_help(const struct command *c, int argc, char **argv)
{
	bool is_run = c->run_own == tl_cmd_run;
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return false;
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
		if (is_run && argv[i][0] != '-')
			return false;
		if (is_run && takes_next(argv[i]))
			i++;
	}
	return false;
}

/* "tapless -D x service --port 1" becomes "service -D x --port 1". */
static int run_own(const struct command *c, int n_before, char **before,
		   int argc, char **argv)
{
	static char *args[ARGS_MAX];
	int n = 0;
	int i;

	if (asks_for_help(c, argc, argv)) {
		print_command_help(c);
		return tl_cli_finish(EXIT_OK);
	}
	if (n_before + argc >= ARGS_MAX)
		return tl_cli_fail(EXIT_USAGE, "too many arguments");
	args[n++] = argv[0];
	for (i = 0; i < n_before; i++)
		args[n++] = before[i];
	for (i = 1; i < argc; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	return c->run_own(n, args);
}

/* Take common options out of @argv; what is left stays in order. */
static enum taken take_all(struct cli *cli, int *argc, char **argv)
{
	enum taken t;
	int n = 1;
	int i;

	for (i = 1; i < *argc; i++) {
		t = take_option(cli, argv, &i);
		if (t == TAKEN_NOT)
			argv[n++] = argv[i];
		else if (t != TAKEN_YES)
			return t;
	}
	argv[n] = NULL;
	*argc = n;
	return TAKEN_YES;
}

static int run_command(struct cli *cli, const struct command *c, int argc,
		       char **argv)
{
	cli->name = argv[0];
	switch (take_all(cli, &argc, argv)) {
	case TAKEN_HELP:
		print_command_help(c);
		return tl_cli_finish(EXIT_OK);
	case TAKEN_VERSION:
		return print_version();
	case TAKEN_WRONG:
		return EXIT_USAGE;
	default:
		return tl_cli_finish(c->run(cli, argc, argv));
	}
}

/* "tapless help" and "tapless help COMMAND", as with other programs. */
static int help(const char *about)
{
	const struct command *c = about ? find_command(about) : NULL;

	if (about && !c)
		return tl_cli_fail(EXIT_USAGE, NO_COMMAND, about);
	if (c)
		print_command_help(c);
	else
		print_help(stdout);
	return tl_cli_finish(EXIT_OK);
}

/*
 * A standard descriptor that we were started without must not become a socket
 * or a database, into which messages would go. What holds its place can only
 * be used the wrong way round, so that using it still fails (EBADF); programs
 * that we execute do not have it either.
 */
static int hold_standard_files(void)
{
	static const int flags[] = { O_WRONLY, O_RDONLY, O_RDONLY };
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", flags[fd] | O_CLOEXEC) != fd)
			return tl_cli_fail(EXIT_FAILED,
					   "cannot open /dev/null: %s",
					   strerror(errno));
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct cli cli = { .home = tl_cli_default_home(), .host = "127.0.0.1" };
	const struct command *c;
	enum taken t;
	int at;

	if (hold_standard_files())
		return EXIT_FAILED;

	for (at = 1; at < argc; at++) {
		t = take_option(&cli, argv, &at);
		if (t == TAKEN_NOT)
			break;
		if (t == TAKEN_HELP)
			return help(NULL);
		if (t == TAKEN_VERSION)
			return print_version();
		if (t == TAKEN_WRONG)
			return EXIT_USAGE;
	}
	if (at >= argc) {
		print_help(stderr);
		return EXIT_OK; /* as the reference does */
	}
	if (strcmp(argv[at], "help") == 0)
		return help(argv[at + 1]);
	c = find_command(argv[at]);
	if (!c)
		return tl_cli_fail(EXIT_USAGE, NO_COMMAND, argv[at]);
	if (c->run_own)
		return run_own(c, at - 1, argv + 1, argc - at, argv + at);
	return run_command(&cli, c, argc - at, argv + at);
}
