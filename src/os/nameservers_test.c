/* SPDX-License-Identifier: Apache-2.0 */
#include "os/nameservers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"

#define SECOND 1000000

static const uint8_t one[16] = { 192, 0, 2, 1 };
static const uint8_t two[16] = { 192, 0, 2, 2 };
static const uint8_t six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };

static void parse(struct nameservers *s, const char *text)
{
	tl_nameservers_init(s, NULL);
	tl_nameservers_parse(s, tl_bytes_from_str(text));
}

TEST(nameservers_are_read_in_order)
{
	struct nameservers s;

	parse(&s, "# nameserver 192.0.2.9\nnameserver 192.0.2.1\n"
		  "search example\nnameserver\t 2001:db8::1 \r\n"
		  "nameserver 192.0.2.2");
	CHECK_EQ(s.n, 3);
	CHECK_EQ(s.list[1].family, 6);
	CHECK(tl_nameservers_has(&s, 4, one));
	CHECK(tl_nameservers_has(&s, 4, two));
	CHECK(tl_nameservers_has(&s, 6, six));
	CHECK(!tl_nameservers_has(&s, 6, one));
}

TEST(nameservers_that_are_none_are_passed_over)
{
	struct nameservers s;

	parse(&s, "nameserver\nnameserver \nnameserver 1.2.3\n"
		  "nameservers 192.0.2.1\nnameserver fe80::1%eth0\n"
		  "nameserver fe80::1\n nameserver 192.0.2.1\n\n"
		  "nameserver aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
	CHECK_EQ(s.n, 0);
}

TEST(nameservers_have_a_limit)
{
	struct nameservers s;
	char text[1024];
	size_t n = 0;

	for (int i = 1; i <= NAMESERVERS_MAX + 3; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "nameserver 192.0.2.%d\n", i);
	parse(&s, text);
	CHECK_EQ(s.n, NAMESERVERS_MAX);
	CHECK_EQ(s.list[0].ip[3], 1);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	CHECK(f != NULL);
	CHECK(fputs(text, f) >= 0);
	CHECK_EQ(fclose(f), 0);
}

TEST(nameservers_are_read_again_when_the_file_changed)
{
	char path[] = "/tmp/nameservers.XXXXXX";
	struct nameservers s;
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	close(fd);
	write_text(path, "nameserver 192.0.2.1\n");
	tl_nameservers_init(&s, path);
	tl_nameservers_look(&s, 0);
	CHECK(tl_nameservers_has(&s, 4, one));

	write_text(path, "nameserver 192.0.2.2\n# longer\n");
	tl_nameservers_look(&s, SECOND / 2);
	CHECK(tl_nameservers_has(&s, 4, one)); /* not looked at */
	tl_nameservers_look(&s, SECOND);
	CHECK(tl_nameservers_has(&s, 4, two));

	CHECK_EQ(unlink(path), 0);
	tl_nameservers_look(&s, 3 * SECOND);
	CHECK_EQ(s.n, 0);
}

TEST(nameservers_without_a_file_are_none)
{
	struct nameservers s;

	tl_nameservers_init(&s, NULL);
	tl_nameservers_look(&s, 0);
	CHECK_EQ(s.n, 0);
}
