/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "harness.h"

static struct sockaddr_in in4(const char *text, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	CHECK_EQ(inet_pton(AF_INET, text, &in.sin_addr), 1);
	return in;
}

static struct sockaddr_in6 in6(const char *text, uint16_t port)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };

	CHECK_EQ(inet_pton(AF_INET6, text, &in.sin6_addr), 1);
	return in;
}

static struct rpc_addr from(uint32_t tag, const void *sa, socklen_t len)
{
	struct rpc_addr a;

	CHECK_EQ(tl_address_from_sockaddr(&a, tag, sa, len), 0);
	return a;
}

TEST(address_there_and_back)
{
	struct sockaddr_in a = in4("10.1.2.3", 80);
	struct sockaddr_in6 b = in6("fd00::1", 443);
	struct sockaddr_storage out;
	socklen_t len = sizeof(out);
	struct rpc_addr x;

	x = from(0, &a, sizeof(a));
	CHECK_EQ(x.family, 4);
	CHECK_EQ(x.port, 80);
	tl_address_to_sockaddr((struct sockaddr *)&out, &len, 0, &x);
	CHECK_EQ(len, sizeof(a));
	CHECK_MEM(&out, &a, sizeof(a));

	x = from(TAG_DOMAIN6, &b, sizeof(b));
	CHECK_EQ(x.family, 6);
	len = sizeof(out);
	tl_address_to_sockaddr((struct sockaddr *)&out, &len, TAG_DOMAIN6, &x);
	CHECK_EQ(len, sizeof(b));
	CHECK_MEM(&out, &b, sizeof(b));
}

TEST(address_mapped_is_ipv4_and_shown_mapped)
{
	struct sockaddr_in6 m = in6("::ffff:10.1.2.3", 9);
	struct sockaddr_storage out;
	socklen_t len = sizeof(out);
	struct rpc_addr x = from(TAG_DOMAIN6, &m, sizeof(m));

	CHECK_EQ(x.family, 4);
	CHECK_EQ(x.ip[0], 10);
	tl_address_to_sockaddr((struct sockaddr *)&out, &len, TAG_DOMAIN6, &x);
	CHECK_MEM(&out, &m, sizeof(m));
}

TEST(address_errors_are_linux_ones)
{
	struct sockaddr_in a = in4("10.1.2.3", 80);
	struct sockaddr_in6 b = in6("fd00::1", 443);
	struct rpc_addr x;

	CHECK_EQ(tl_address_from_sockaddr(&x, 0, NULL, 16), -EFAULT);
	CHECK_EQ(tl_address_from_sockaddr(&x, 0, (struct sockaddr *)&a, 15),
		 -EINVAL);
	CHECK_EQ(tl_address_from_sockaddr(&x, 0, (struct sockaddr *)&b,
					  sizeof(b)),
		 -EAFNOSUPPORT);
	CHECK_EQ(tl_address_from_sockaddr(&x, TAG_DOMAIN6,
					  (struct sockaddr *)&a, sizeof(a)),
		 -EINVAL);
	a.sin_family = AF_UNIX;
	CHECK_EQ(tl_address_from_sockaddr(&x, 0, (struct sockaddr *)&a,
					  sizeof(a)),
		 -EAFNOSUPPORT);
	/* RFC 2133's shorter form is good. */
	CHECK_EQ(tl_address_from_sockaddr(&x, TAG_DOMAIN6,
					  (struct sockaddr *)&b, 24),
		 0);
}

TEST(address_is_cut_to_the_room)
{
	struct sockaddr_in a = in4("10.1.2.3", 80);
	struct rpc_addr x = from(0, &a, sizeof(a));
	uint8_t room[16];
	socklen_t len = 4;

	memset(room, 0xee, sizeof(room));
	tl_address_to_sockaddr((struct sockaddr *)(void *)room, &len, 0, &x);
	CHECK_EQ(len, sizeof(a));
	CHECK_MEM(room, &a, 4);
	CHECK_EQ(room[4], 0xee);
	len = 0;
	tl_address_to_sockaddr(NULL, &len, 0, &x);
	CHECK_EQ(len, sizeof(a));
}

TEST(address_kinds)
{
	struct sockaddr_in a = in4("127.9.9.9", 1);
	struct sockaddr_in6 b = in6("::1", 1);
	struct rpc_addr x = from(0, &a, sizeof(a));

	CHECK(tl_address_is_loopback(&x) && !tl_address_is_any(&x));
	x = from(TAG_DOMAIN6, &b, sizeof(b));
	CHECK(tl_address_is_loopback(&x) && !tl_address_is_any(&x));
	b = in6("::ffff:127.0.0.1", 1);
	x = from(TAG_DOMAIN6, &b, sizeof(b));
	CHECK(tl_address_is_loopback(&x));
	a = in4("0.0.0.0", 1);
	x = from(0, &a, sizeof(a));
	CHECK(!tl_address_is_loopback(&x) && tl_address_is_any(&x));
	a = in4("128.0.0.1", 1);
	x = from(0, &a, sizeof(a));
	CHECK(!tl_address_is_loopback(&x) && !tl_address_is_any(&x));
}
