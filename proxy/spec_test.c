/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/spec.h"

#include <errno.h>

#include "harness.h"

static struct spec_listen l;
static struct spec_forward f;

static int forward(const char *letter, const char *text)
{
	f = (struct spec_forward){ .reverse = letter[0] == 'R',
				   .udp = letter[1] == 'U' };
	return tl_spec_parse_forward(&f, text);
}

static const char *listens(void)
{
	static char text[PLACE_TEXT_SIZE];
	union place at = f.listen.ip;

	switch (f.listen.bind) {
	case SPEC_DEFAULT:
		snprintf(text, sizeof(text), "default:%u", f.listen.port);
		break;
	case SPEC_ANY:
		snprintf(text, sizeof(text), "any:%u", f.listen.port);
		break;
	case SPEC_PATH:
		snprintf(text, sizeof(text), "%s", f.listen.path);
		break;
	default:
		tl_place_print(text, &at);
		break;
	}
	return text;
}

static const char *goes_to(void)
{
	static char text[TARGET_NAME_SIZE + 16];

	tl_target_print(text, sizeof(text), &f.to);
	return text;
}

TEST(listen_is_an_address_or_a_path)
{
	CHECK_EQ(tl_spec_parse_listen(&l, "1080"), 0);
	CHECK_EQ(l.bind, SPEC_DEFAULT);
	CHECK_EQ(l.port, 1080);
	CHECK_EQ(tl_spec_parse_listen(&l, "10.0.0.1:0"), 0);
	CHECK_EQ(l.bind, SPEC_ADDRESS);
	CHECK_EQ(tl_spec_parse_listen(&l, "[fd00::1]:65535"), 0);
	CHECK_EQ(l.ip.sa.sa_family, AF_INET6);
	CHECK_EQ(tl_place_port(&l.ip), 65535);
	CHECK_EQ(tl_spec_parse_listen(&l, "localhost:1"), 0);
	CHECK_EQ(l.bind, SPEC_DEFAULT);
	CHECK_EQ(tl_spec_parse_listen(&l, "*:1"), 0);
	CHECK_EQ(l.bind, SPEC_ANY);
	CHECK_EQ(tl_spec_parse_listen(&l, "unix:/a:b"), 0);
	CHECK_EQ(l.bind, SPEC_PATH);
	CHECK_STR(l.path, "/a:b");
}

TEST(listen_that_is_none_is_refused)
{
	static const char *const bad[] = {
		"",
		":",
		"x",
		"host:80",
		"1.2.3.4",
		"1.2.3.4:",
		"1.2.3.4:x",
		"fd00::1:80",
		"[fd00::1]",
		"[fd00::1:80",
		"unix:",
		"1:2:3",
		"1.2.3.4:80:",
		"-1",
	};

	for (size_t i = 0; i < TL_ARRAY_SIZE(bad); i++)
		if (tl_spec_parse_listen(&l, bad[i]) != -EINVAL)
			FAIL("not refused: %s", bad[i]);
	CHECK_EQ(tl_spec_parse_listen(&l, "65536"), -ERANGE);
}

TEST(forward_is_written_as_for_ssh)
{
	CHECK_EQ(forward("L", "8080:10.0.0.1:80"), 0);
	CHECK_STR(listens(), "default:8080");
	CHECK_STR(goes_to(), "10.0.0.1:80");
	CHECK_EQ(forward("L", "127.0.0.2:8080:host:80"), 0);
	CHECK_STR(listens(), "127.0.0.2:8080");
	CHECK_STR(goes_to(), "host:80");
	CHECK_EQ(forward("L", ":0:host:80"), 0);
	CHECK_STR(listens(), "any:0");
	CHECK_EQ(forward("R", "*:1:[fd00::9]:80"), 0);
	CHECK_STR(listens(), "any:1");
	CHECK_STR(goes_to(), "[fd00::9]:80");
	CHECK_EQ(forward("R", "[fd00::1]:1:[fd00::9]:80"), 0);
	CHECK_STR(listens(), "[fd00::1]:1");
	CHECK_EQ(forward("LU", "53:10.0.0.1:53"), 0);
	CHECK(f.udp);
}

TEST(forward_may_have_a_path_on_the_hosts_side)
{
	CHECK_EQ(forward("L", "unix:/run/a:b:host:80"), 0);
	CHECK_STR(listens(), "/run/a:b");
	CHECK_STR(goes_to(), "host:80");
	CHECK_EQ(forward("L", "unix:/run/s:[fd00::1]:80"), 0);
	CHECK_STR(listens(), "/run/s");
	CHECK_STR(goes_to(), "[fd00::1]:80");
	CHECK_EQ(forward("R", "80:unix:/run/a:b"), 0);
	CHECK_STR(listens(), "default:80");
	CHECK_STR(goes_to(), "unix:/run/a:b");
	CHECK_EQ(forward("R", "10.0.0.1:80:unix:/run/s"), 0);
	CHECK_STR(listens(), "10.0.0.1:80");
	CHECK_EQ(forward("L", "80:unix:/run/s"), -EOPNOTSUPP);
	CHECK_EQ(forward("R", "unix:/run/s:host:80"), -EOPNOTSUPP);
	CHECK_EQ(forward("LU", "unix:/run/s:host:80"), -EOPNOTSUPP);
	CHECK_EQ(forward("RU", "80:unix:/run/s"), -EOPNOTSUPP);
}

/* Nothing that lacks its end is taken for a whole. */
TEST(forward_cut_anywhere_is_refused)
{
	static const char *const whole[] = {
		"127.0.0.2:8080:host:80",
		"[fd00::1]:1:[fd00::9]:80",
		"unix:/s:[fd00::1]:80",
	};
	char text[64];

	for (size_t i = 0; i < TL_ARRAY_SIZE(whole); i++) {
		size_t last = strlen(whole[i]) - 2; /* port 8 is one, too */

		for (size_t n = 0; n <= last; n++) {
			snprintf(text, sizeof(text), "%.*s", (int)n, whole[i]);
			if (forward("L", text) >= 0)
				FAIL("not refused: %s", text);
		}
	}
}

TEST(forward_that_is_none_is_refused)
{
	static const char *const bad[] = {
		"80",
		"80:host",
		"80:host:x",
		"80::80",
		"80:host:0",
		"x:host:80",
		"a:b:c:d:e",
		"1:2:3:4:5",
		"host:80:host:80",
		"[::1]x:80:h:80",
		"80:host:80:",
		"unix:/s:80",
		"unix::host:80",
		"80:unix:",
		"80:h st:80",
		"a:80:1:unix:/s",
	};

	for (size_t i = 0; i < TL_ARRAY_SIZE(bad); i++)
		if (forward(strstr(bad[i], "80:unix") ||
					    strstr(bad[i], "1:unix")
				    ? "R"
				    : "L",
			    bad[i]) >= 0)
			FAIL("not refused: %s", bad[i]);
	CHECK_EQ(forward("L", "70000:host:80"), -ERANGE);
}

TEST(forward_path_has_the_length_of_a_socket)
{
	char text[300] = "unix:/";

	memset(text + 6, 'x', 200);
	memcpy(text + 206, ":h:1", 5);
	CHECK_EQ(forward("L", text), -ENAMETOOLONG);
	memcpy(text + 5 + TARGET_PATH_SIZE - 1, ":h:1", 5);
	CHECK_EQ(forward("L", text), 0);
}
