/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/clock.h"
#include "os/file.h"

#define HTTP_START "HTTP/1."
#define HEAD_MAX 8192
#define READ_CHUNK 65536

/* Parsing */

/* The offset behind the first @what, or 0. */
static size_t find_after(struct bytes b, const char *what)
{
	const uint8_t *p = b.n ? memmem(b.at, b.n, what, strlen(what)) : NULL;

	return p ? (size_t)(p - b.at) + strlen(what) : 0;
}

/* The value of a header field, without white space around it. */
static bool find_field(struct bytes *out, struct bytes head, const char *name)
{
	size_t n = strlen(name);

	while (head.n > 0) {
		size_t end = find_after(head, "\r\n");
		struct bytes line = tl_bytes(head.at, end ? end - 2 : head.n);

		head = end ? tl_bytes_skip(head, end) : tl_bytes(NULL, 0);
		if (line.n <= n || line.at[n] != ':' ||
		    strncasecmp((const char *)line.at, name, n) != 0)
			continue;
		line = tl_bytes_skip(line, n + 1);
		while (line.n && (*line.at == ' ' || *line.at == '\t'))
			line = tl_bytes_skip(line, 1);
		while (line.n && (line.at[line.n - 1] == ' ' ||
				  line.at[line.n - 1] == '\t'))
			line.n--;
		*out = line;
		return true;
	}
	return false;
}

/* All of @text as a number in @base, no more than the limit of answers. */
static bool parse_size(size_t *out, struct bytes text, int base)
{
	size_t v = 0;
	size_t i;

	if (text.n == 0 || text.n > 10)
		return false;
	for (i = 0; i < text.n; i++) {
		uint8_t c = text.at[i] | 0x20;
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
						   : 99;

		if (digit >= base)
			return false;
		v = v * (size_t)base + (size_t)digit;
	}
	*out = v;
	return v <= HTTP_CLIENT_ANSWER_MAX;
}

static bool parse_status(unsigned int *out, struct bytes head)
{
	size_t v;

	if (head.n < 12 ||
	    memcmp(head.at, HTTP_START, sizeof(HTTP_START) - 1) != 0 ||
	    head.at[8] != ' ')
		return false;
	if (head.n > 12 && head.at[12] != ' ' && head.at[12] != '\r')
		return false;
	if (!parse_size(&v, tl_bytes(head.at + 9, 3), 10) || v < 100 || v > 599)
		return false;
	*out = (unsigned int)v;
	return true;
}

/* The next chunk's content; -EAGAIN, -EBADMSG, or how many bytes of @rest it
 * took with its frame. */
static ssize_t next_chunk(struct bytes *data, struct bytes rest)
{
	size_t line = find_after(rest, "\r\n");
	struct bytes digits;
	size_t n;
	size_t i;

	if (!line)
		return rest.n > 1000 ? -EBADMSG : -EAGAIN;
	digits = tl_bytes(rest.at, line - 2);
	for (i = 0; i < digits.n; i++)
		if (digits.at[i] == ';' || digits.at[i] == ' ')
			digits.n = i;
	if (!parse_size(&n, digits, 16))
		return -EBADMSG;
	*data = tl_bytes(rest.at + line, n);
	if (n == 0)
		return (ssize_t)line;
	if (rest.n - line < n + 2)
		return -EAGAIN;
	if (memcmp(rest.at + line + n, "\r\n", 2) != 0)
		return -EBADMSG;
	return (ssize_t)(line + n + 2);
}

/* Check that all chunks are there (@move false), or join them (true). */
static int join_chunks(struct buffer *body, bool move)
{
	struct bytes rest = tl_buffer_bytes(*body);
	struct bytes data;
	size_t n = 0;

	for (;;) {
		ssize_t took = next_chunk(&data, rest);

		if (took < 0)
			return (int)took;
		if (data.n == 0)
			break;
		if (move)
			memmove(body->at + n, data.at, data.n);
		n += data.n;
		rest = tl_bytes_skip(rest, (size_t)took);
	}
	if (move)
		body->n = n;
	return 0;
}

static int parse_body(struct buffer *body, struct bytes head,
		      unsigned int status, bool at_end)
{
	struct bytes value;
	size_t n;
	int err;

	if (status == 204 || status == 304) {
		body->n = 0;
		return 0;
	}
	if (find_field(&value, head, "Transfer-Encoding")) {
		if (value.n != 7 ||
		    strncasecmp((const char *)value.at, "chunked", 7) != 0)
			return -EBADMSG;
		err = join_chunks(body, false);
		return err ? err : join_chunks(body, true);
	}
	if (!find_field(&value, head, "Content-Length"))
		return at_end ? 0 : -EAGAIN;
	if (!parse_size(&n, value, 10))
		return -EBADMSG;
	if (body->n < n)
		return -EAGAIN;
	body->n = n;
	return 0;
}

/* However it goes on, it is no answer. */
static bool is_foreign(struct buffer raw)
{
	size_t n = TL_MIN(raw.n, sizeof(HTTP_START) - 1);

	return n > 0 && memcmp(raw.at, HTTP_START, n) != 0;
}

int tl_http_head_parse(unsigned int *status, size_t *head_len,
		       struct buffer raw)
{
	size_t n = find_after(tl_buffer_bytes(raw), "\r\n\r\n");

	if (is_foreign(raw) || (!n && raw.n > HEAD_MAX))
		return -EBADMSG;
	if (!n)
		return -EAGAIN;
	if (!parse_status(status, tl_bytes(raw.at, n - 2)))
		return -EBADMSG;
	*head_len = n;
	return 0;
}

/* One answer, which may be one that only announces the true one. */
static int parse_one(struct http_answer *out, struct buffer raw, bool at_end)
{
	struct bytes head;
	size_t head_len;
	int err = tl_http_head_parse(&out->status, &head_len, raw);

	if (err)
		return err;
	head = tl_bytes(raw.at, head_len - 2);
	out->body = tl_buffer(raw.at + head_len, raw.n - head_len);
	if (out->status < 200)
		return 0;
	return parse_body(&out->body, head, out->status, at_end);
}

int tl_http_answer_parse(struct http_answer *out, struct buffer raw,
			 bool at_end)
{
	struct http_answer a = { .body = raw };
	int err;

	do
		err = parse_one(&a, a.body, at_end);
	while (err == 0 && a.status < 200);
	if (err == 0)
		*out = a;
	return err;
}

/* Talking */

/* 0, -ETIMEDOUT, or another negative errno. */
static int wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = deadline_ms - tl_clock_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&p, 1, (int)left);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

static int make_address(struct sockaddr_storage *out, socklen_t *len,
			const char *ip, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1) {
		memcpy(out, &v4, sizeof(v4));
		*len = sizeof(v4);
	} else if (inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1) {
		memcpy(out, &v6, sizeof(v6));
		*len = sizeof(v6);
	} else {
		return -EINVAL;
	}
	return 0;
}

static int finish_connect(int fd, int64_t deadline_ms)
{
	socklen_t len = sizeof(int);
	int error = 0;
	int err = wait_for(fd, POLLOUT, deadline_ms);

	if (err)
		return err;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return -errno;
	return -error;
}

/* A connected descriptor or a negative errno. */
static int dial(const char *ip, uint16_t port, int64_t deadline_ms)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int err = make_address(&sa, &len, ip, port);
	int fd;

	if (err)
		return err;
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, len) != 0) {
		err = errno == EINPROGRESS ? finish_connect(fd, deadline_ms)
					   : -errno;
		if (err) {
			tl_fd_close(&fd);
			return err;
		}
	}
	return fd;
}

static int send_all(int fd, struct bytes b, int64_t deadline_ms)
{
	while (b.n > 0) {
		ssize_t n = send(fd, b.at, b.n, MSG_NOSIGNAL);
		int err;

		if (n >= 0) {
			b = tl_bytes_skip(b, (size_t)n);
			continue;
		}
		if (errno == EPIPE || errno == ECONNRESET)
			return 0; /* there may be an answer nevertheless */
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		err = wait_for(fd, POLLOUT, deadline_ms);
		if (err)
			return err;
	}
	return 0;
}

static int send_request(int fd, const struct http_query *q, int64_t deadline_ms)
{
	char head[HEAD_MAX];
	int n;
	int err;

	n = snprintf(head, sizeof(head),
		     "%s %s HTTP/1.%d\r\nHost: %s\r\nConnection: close\r\n"
		     "Accept: */*\r\n%s%s%sContent-Type: application/json\r\n"
		     "Content-Length: %zu\r\n\r\n",
		     q->method, q->path, q->is_feed ? 0 : 1,
		     strchr(q->ip, ':') ? "[::1]" : q->ip,
		     q->token ? "X-ZT1-Auth: " : "", q->token ? q->token : "",
		     q->token ? "\r\n" : "", q->body.n);
	if (n < 0 || (size_t)n >= sizeof(head))
		return -EINVAL;
	err = send_all(fd, tl_bytes(head, (size_t)n), deadline_ms);
	tl_wipe(head, sizeof(head));
	if (err == 0)
		err = send_all(fd, q->body, deadline_ms);
	return err;
}

/* Read more into @b, whose memory has *@room bytes. 1 at the end, 0, or a
 * negative errno. */
static int read_more(int fd, struct buffer *b, size_t *room,
		     int64_t deadline_ms)
{
	ssize_t n;
	int err;

	if (b->n > HTTP_CLIENT_ANSWER_MAX)
		return -EFBIG;
	if (*room - b->n < READ_CHUNK) {
		size_t more = *room * 2 + READ_CHUNK;
		uint8_t *grown = tl_realloc(b->at, more);

		if (!grown)
			return -ENOMEM;
		b->at = grown;
		*room = more;
	}
	err = wait_for(fd, POLLIN, deadline_ms);
	if (err)
		return err;
	/* One byte is kept for the zero at the end. */
	n = recv(fd, b->at + b->n, *room - b->n - 1, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	b->n += (size_t)n;
	return n == 0;
}

static int read_answer(struct http_answer *out, struct buffer *raw, int fd,
		       int64_t deadline_ms)
{
	size_t room = 0;
	int end;
	int err;

	do {
		end = read_more(fd, raw, &room, deadline_ms);
		if (end < 0)
			return end;
		err = tl_http_answer_parse(out, *raw, end);
	} while (err == -EAGAIN && !end);
	return err == -EAGAIN ? -ECONNRESET : err;
}

/* Nothing that would end a line or the request line. */
static bool is_clean(const char *s, bool spaces)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f ||
		    (*s == ' ' && !spaces))
			return false;
	return true;
}

int tl_http_send(const struct http_query *q, int64_t deadline_ms)
{
	int err;
	int fd;

	if (!is_clean(q->path, false) ||
	    (q->token && !is_clean(q->token, true)))
		return -EINVAL;
	fd = dial(q->ip, q->port, deadline_ms);
	if (fd < 0)
		return fd;
	err = send_request(fd, q, deadline_ms);
	if (err) {
		tl_fd_close(&fd);
		return err;
	}
	return fd;
}

int tl_http_ask(struct http_answer *out, const struct http_query *q)
{
	int64_t deadline_ms =
		tl_clock_ms() +
		(q->timeout_ms ? q->timeout_ms : HTTP_CLIENT_TIMEOUT_MS);
	struct buffer raw = { 0 };
	struct http_answer a;
	int err;
	int fd;

	fd = tl_http_send(q, deadline_ms);
	if (fd < 0)
		return fd;
	err = read_answer(&a, &raw, fd, deadline_ms);
	tl_fd_close(&fd);
	if (err) {
		tl_free(raw.at);
		return err;
	}
	memmove(raw.at, a.body.at, a.body.n);
	raw.at[a.body.n] = 0;
	out->status = a.status;
	out->body = tl_buffer(raw.at, a.body.n);
	return 0;
}
