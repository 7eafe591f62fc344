/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_pcap.c - packets of the virtual networks or of the wire, as pcapng
 *
 * The service makes the file; we write it where it is wanted. When we are
 * interrupted we stop sending, so that the service ends it with its counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/http_client.h"
#include "cli/number_arg.h"
#include "cli/stop.h"
#include "os/file.h"
#include "wire/address.h"

#define SNAP_MAX 16384
#define LAST_WORDS_MS 5000

/**
 * struct pcap_options - What is wanted
 * @network:	NULL: all
 * @file:	NULL: none was given
 * @count, @snaplen: 0: none was given
 */
struct pcap_options {
	bool is_wire;
	bool is_virtual;
	const char *network;
	const char *file;
	int64_t count;
	int64_t snaplen;
};

static int take_network(struct pcap_options *o, const char *text)
{
	struct network_id id;

	if (*text == '-' || o->network)
		return tl_cli_fail(EXIT_USAGE,
				   "pcap does not know %s, or it lacks a "
				   "value; see tapless pcap --help",
				   text);
	if (tl_network_id_parse(&id, tl_bytes_from_str(text)))
		return tl_cli_fail(EXIT_USAGE,
				   "pcap: %s is no network; its ID has sixteen "
				   "hexadecimal digits",
				   text);
	o->network = text;
	return EXIT_OK;
}

static int check(struct pcap_options *o)
{
	if (o->network && o->is_wire && !o->is_virtual)
		return tl_cli_fail(EXIT_USAGE,
				   "pcap: the wire has no networks; leave out "
				   "--wire or %s",
				   o->network);
	if (!o->file && isatty(STDOUT_FILENO))
		return tl_cli_fail(EXIT_USAGE,
				   "pcap: this is not for a terminal; give a "
				   "file with -w, or pipe it into tshark -r -");
	return EXIT_OK;
}

static int parse(struct pcap_options *o, char **argv)
{
	int err = EXIT_OK;

	for (argv++; !err && *argv; argv++) {
		const char *value;

		if (strcmp(*argv, "--wire") == 0)
			o->is_wire = true;
		else if (strcmp(*argv, "--virtual") == 0)
			o->is_virtual = true;
		else if ((value = tl_cli_option(&argv, 'w', "--write")))
			o->file = value;
		else if ((value = tl_cli_option(&argv, 'c', "--count")))
			err = tl_cli_whole(&o->count, "-c", value, 1,
					   INT64_C(1000000000000));
		else if ((value = tl_cli_option(&argv, 's', "--snaplen")))
			err = tl_cli_whole(&o->snaplen, "-s", value, 1,
					   SNAP_MAX);
		else
			err = take_network(o, *argv);
	}
	return err ? err : check(o);
}

static void make_path(char *out, size_t size, const struct pcap_options *o)
{
	int n = snprintf(out, size, "/tapless/capture?%s%s%s%s",
			 o->is_wire ? "&wire=1" : "",
			 o->is_virtual ? "&virtual=1" : "",
			 o->network ? "&network=" : "",
			 o->network ? o->network : "");

	if (o->count)
		n += snprintf(out + n, size - (size_t)n, "&count=%lld",
			      (long long)o->count);
	if (o->snaplen)
		snprintf(out + n, size - (size_t)n, "&snaplen=%lld",
			 (long long)o->snaplen);
}

/* 0 or a negative errno. */
static int write_all(int fd, struct bytes b)
{
	while (b.n) {
		ssize_t n = write(fd, b.at, b.n);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			b = tl_bytes_skip(b, (size_t)n);
	}
	return 0;
}

/* Until the service ends it, or we do. 0; -ECONNRESET; else what write(2) says.
 */
static int copy(struct http_feed *feed, int fd)
{
	bool is_stopping = false;
	int err;
	int r;

	for (;;) {
		err = write_all(fd, tl_buffer_bytes(feed->got));
		if (err)
			return err;
		tl_http_feed_skip(feed, feed->got.n);
		if (tl_stop_wanted() && !is_stopping) {
			is_stopping = true;
			tl_http_feed_stop(feed);
		}
		r = tl_http_feed_read(feed, is_stopping ? LAST_WORDS_MS : -1);
		if (r == 0)
			return 0;
		if (r < 0 && r != -EINTR)
			return is_stopping ? 0 : -ECONNRESET;
	}
}

/* A descriptor; -1 after it was said why not. */
static int open_file(const struct pcap_options *o)
{
	int fd;

	if (!o->file || strcmp(o->file, "-") == 0)
		return STDOUT_FILENO;
	fd = open(o->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		tl_cli_fail(EXIT_FAILED, "pcap: cannot make %s: %s", o->file,
			    strerror(errno));
	return fd;
}

/* A file of before is kept until there is something to put in its place. */
static int run(const struct cli *cli, const struct pcap_options *o)
{
	struct http_feed feed;
	char path[256];
	bool is_file;
	int fd;
	int err;

	make_path(path, sizeof(path), o);
	tl_stop_catch();
	err = tl_cli_feed(&feed, cli, path);
	if (err)
		return err;
	fd = open_file(o);
	is_file = fd != STDOUT_FILENO;
	if (fd < 0) {
		tl_http_feed_close(&feed);
		return EXIT_FAILED;
	}
	err = copy(&feed, fd);
	tl_http_feed_close(&feed);
	if (is_file)
		tl_fd_close(&fd);
	/* Whoever reads the pipe has seen enough. */
	if (err == 0 || err == -EPIPE)
		return EXIT_OK;
	if (err == -ECONNRESET)
		return tl_cli_fail(EXIT_FAILED, "pcap: the service has ended");
	return tl_cli_fail(EXIT_FAILED, "pcap: cannot write to %s: %s",
			   is_file ? o->file : "standard output",
			   strerror(-err));
}

int tl_cmd_pcap(const struct cli *cli, int argc TL_UNUSED, char **argv)
{
	struct pcap_options o = { 0 };
	int err = parse(&o, argv);

	return err ? err : run(cli, &o);
}
