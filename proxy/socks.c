/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/socks.h"

#include <errno.h>

#include "base/reader.h"

enum address_type {
	TYPE_IP4 = 1,
	TYPE_NAME = 3,
	TYPE_IP6 = 4,
};

static int length_read(const struct reader *r, struct bytes b)
{
	return tl_reader_ok(r) ? (int)(b.n - r->rest.n) : 0;
}

int tl_socks_parse_greeting(struct bytes *methods, struct bytes b)
{
	struct reader r = tl_reader(b);
	uint8_t version = tl_read_u8(&r);
	struct bytes m = tl_read_slice(&r, tl_read_u8(&r));

	if (b.n > 0 && version != SOCKS_VERSION)
		return -EPROTO;
	if (tl_reader_ok(&r))
		*methods = m;
	return length_read(&r, b);
}

int tl_socks_parse_password(struct bytes *name, struct bytes *password,
			    struct bytes b)
{
	struct reader r = tl_reader(b);
	uint8_t version = tl_read_u8(&r);
	struct bytes n = tl_read_slice(&r, tl_read_u8(&r));
	struct bytes p = tl_read_slice(&r, tl_read_u8(&r));

	if (b.n > 0 && version != SOCKS_AUTH_VERSION)
		return -EPROTO;
	if (tl_reader_ok(&r)) {
		*name = n;
		*password = p;
	}
	return length_read(&r, b);
}

/* 0; -EINVAL if no message can have such an address. Nothing is written if the
 * reader fails. */
static int read_target(struct target *out, struct reader *r)
{
	uint8_t type = tl_read_u8(r);
	union place ip;
	struct bytes b;
	uint16_t port;

	if (!tl_reader_ok(r))
		return 0;
	switch (type) {
	case TYPE_IP4:
		b = tl_read_slice(r, 4);
		break;
	case TYPE_IP6:
		b = tl_read_slice(r, 16);
		break;
	case TYPE_NAME:
		b = tl_read_slice(r, tl_read_u8(r));
		break;
	default:
		return -EINVAL;
	}
	port = tl_read_be16(r);
	if (!tl_reader_ok(r))
		return 0;
	if (type == TYPE_NAME)
		return tl_target_from_host(out, b, port);
	ip = tl_place_from_ip(b, port);
	tl_place_unmap(&ip);
	*out = (struct target){ .ip = ip, .port = port };
	return 0;
}

int tl_socks_parse_request(struct socks_request *out, struct bytes b)
{
	struct socks_request q = { 0 };
	struct reader r = tl_reader(b);
	uint8_t version = tl_read_u8(&r);

	q.command = tl_read_u8(&r);
	if ((b.n > 0 && version != SOCKS_VERSION) || tl_read_u8(&r) != 0)
		return -EPROTO;
	if (read_target(&q.to, &r) < 0)
		q.is_bad_address = true;
	if (tl_reader_ok(&r))
		*out = q;
	return length_read(&r, b);
}

int tl_socks_parse_datagram(struct target *to, struct bytes *payload,
			    struct bytes b)
{
	struct reader r = tl_reader(b);
	uint16_t reserved = tl_read_be16(&r);
	uint8_t fragment = tl_read_u8(&r);
	struct target t = { 0 };
	int err = read_target(&t, &r);

	if (!tl_reader_ok(&r) || err || reserved != 0)
		return -EPROTO;
	if (fragment != 0)
		return -EOPNOTSUPP;
	*to = t;
	*payload = r.rest;
	return 0;
}

static void write_address(struct writer *w, const union place *a)
{
	struct bytes ip = a ? tl_place_ip(a) : tl_bytes(NULL, 0);

	tl_write_u8(w, ip.n == 16 ? TYPE_IP6 : TYPE_IP4);
	if (ip.n == 0)
		tl_write_zeroes(w, 4);
	else
		tl_write_bytes(w, ip);
	tl_write_be16(w, ip.n ? tl_place_port(a) : 0);
}

void tl_socks_write_reply(struct writer *w, enum socks_code code,
			  const union place *at)
{
	tl_write_u8(w, SOCKS_VERSION);
	tl_write_u8(w, (uint8_t)code);
	tl_write_u8(w, 0);
	write_address(w, at);
}

void tl_socks_write_datagram_head(struct writer *w, const union place *from)
{
	tl_write_zeroes(w, 3);
	write_address(w, from);
}

enum socks_code tl_socks_code_of(int err)
{
	switch (err) {
	case 0:
		return SOCKS_OK;
	case -EACCES:
	case -EPERM:
		return SOCKS_NOT_ALLOWED;
	case -ENETUNREACH:
	case -ENETDOWN:
		return SOCKS_NETWORK_UNREACHABLE;
	case -EHOSTUNREACH:
	case -EHOSTDOWN:
	case -ENOENT:
	case -EAGAIN:
		return SOCKS_HOST_UNREACHABLE;
	case -ECONNREFUSED:
		return SOCKS_REFUSED;
	case -ETIMEDOUT:
		return SOCKS_TTL_EXPIRED;
	case -EAFNOSUPPORT:
	case -EINVAL:
		return SOCKS_BAD_ADDRESS;
	default:
		return SOCKS_FAILED;
	}
}
