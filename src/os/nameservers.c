/* SPDX-License-Identifier: Apache-2.0 */
#include "os/nameservers.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "os/file.h"

#define LOOK_EVERY_US 1000000
#define FILE_LIMIT 65536
#define WORD "nameserver"
#define ADDRESS_SIZE 64

void tl_nameservers_init(struct nameservers *s, const char *path)
{
	*s = (struct nameservers){ .path = path, .looked_us = INT64_MIN };
}

static bool is_link_local(const uint8_t ip[16])
{
	return ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
}

static void add(struct nameservers *s, const char *text)
{
	struct nameserver *at = &s->list[s->n];

	if (s->n == NAMESERVERS_MAX)
		return;
	*at = (struct nameserver){ .family = 4 };
	if (inet_pton(AF_INET, text, at->ip) == 1) {
		s->n++;
	} else if (inet_pton(AF_INET6, text, at->ip) == 1 &&
		   !is_link_local(at->ip)) {
		at->family = 6;
		s->n++;
	}
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct bytes skip_blanks(struct bytes b)
{
	while (b.n > 0 && is_blank(b.at[0]))
		b = tl_bytes_skip(b, 1);
	return b;
}

static void parse_line(struct nameservers *s, struct bytes line)
{
	const size_t n = strlen(WORD);
	char text[ADDRESS_SIZE];
	size_t len = 0;

	if (line.n <= n || memcmp(line.at, WORD, n) != 0 ||
	    !is_blank(line.at[n]))
		return;
	line = skip_blanks(tl_bytes_skip(line, n));
	while (len < line.n && !is_blank(line.at[len]))
		len++;
	if (len == 0 || len >= sizeof(text))
		return;
	memcpy(text, line.at, len);
	text[len] = 0;
	add(s, text);
}

void tl_nameservers_parse(struct nameservers *s, struct bytes text)
{
	const uint8_t *end;
	size_t n;

	s->n = 0;
	while (text.n > 0) {
		end = memchr(text.at, '\n', text.n);
		n = end ? (size_t)(end - text.at) : text.n;
		parse_line(s, tl_bytes_first(text, n));
		text = tl_bytes_skip(text, TL_MIN(n + 1, text.n));
	}
}

static void read_file(struct nameservers *s)
{
	struct buffer b;

	s->n = 0;
	if (tl_file_read(&b, s->path, FILE_LIMIT))
		return;
	tl_nameservers_parse(s, tl_buffer_bytes(b));
	tl_free(b.at);
}

void tl_nameservers_look(struct nameservers *s, int64_t now_us)
{
	struct stat st = { 0 };

	if (!s->path || (s->looked_us != INT64_MIN &&
			 now_us - s->looked_us < LOOK_EVERY_US))
		return;
	s->looked_us = now_us;
	if (stat(s->path, &st) != 0)
		st = (struct stat){ 0 };
	if (st.st_size == s->size && st.st_mtim.tv_sec == s->changed.tv_sec &&
	    st.st_mtim.tv_nsec == s->changed.tv_nsec)
		return;
	s->size = st.st_size;
	s->changed = st.st_mtim;
	read_file(s);
}

bool tl_nameservers_has(const struct nameservers *s, uint8_t family,
			const uint8_t ip[16])
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].family == family &&
		    memcmp(s->list[i].ip, ip, family == 4 ? 4 : 16) == 0)
			return true;
	return false;
}
