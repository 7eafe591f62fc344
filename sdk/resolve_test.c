/* SPDX-License-Identifier: Apache-2.0 */
/* Names, at a node in this process. */
#include "sdk/inprocess_test.h"

#include <errno.h>
#include <stdio.h>

static int resolve(struct addrinfo **out, const char *node, int family)
{
	struct addrinfo hints = { .ai_family = family,
				  .ai_socktype = SOCK_STREAM };

	return zt_getaddrinfo(node, "7007", &hints, out);
}

TEST(resolve_numeric_addresses_need_no_node)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE,
				  .ai_family = AF_INET,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	struct sockaddr_in in;

	unsetenv("TAPLESS_SERVICE");
	CHECK_EQ(resolve(&list, "10.1.2.3", AF_UNSPEC), 0);
	CHECK_EQ(list->ai_addrlen, sizeof(in));
	memcpy(&in, list->ai_addr, sizeof(in));
	CHECK_EQ(ntohl(in.sin_addr.s_addr), 0x0a010203);
	CHECK_EQ(ntohs(in.sin_port), 7007);
	zt_freeaddrinfo(list);
	CHECK_EQ(resolve(&list, "10.1.2.3", AF_INET6), EAI_ADDRFAMILY);
	CHECK_EQ(zt_getaddrinfo(NULL, "7", &hints, &list), 0);
	memcpy(&in, list->ai_addr, sizeof(in));
	CHECK_EQ(in.sin_addr.s_addr, 0);
	zt_freeaddrinfo(list);
	zt_freeaddrinfo(NULL);
	CHECK_EQ(zt_getaddrinfo(NULL, NULL, &hints, &list), EAI_NONAME);
	CHECK_EQ(zt_getaddrinfo("10.1.2.3", "7", NULL, NULL), EAI_NONAME);
	CHECK_EQ(resolve(&list, "a.zt", AF_UNSPEC), EAI_AGAIN);
}

TEST(resolve_members_and_nobody_else)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	struct sockaddr_in want = test_address(network, 7007);
	struct addrinfo *list;
	char name[64];

	snprintf(name, sizeof(name), "%010llx.%016llx.zt",
		 (unsigned long long)zt_node_id(), (unsigned long long)network);
	CHECK_EQ(resolve(&list, name, AF_INET), 0);
	CHECK_EQ(list->ai_addrlen, sizeof(want));
	CHECK_MEM(list->ai_addr, &want, sizeof(want));
	zt_freeaddrinfo(list);
	snprintf(name, sizeof(name), "%010llx.zt",
		 (unsigned long long)zt_node_id());
	CHECK_EQ(resolve(&list, name, AF_INET6), 0);
	CHECK_EQ(list->ai_family, AF_INET6);
	zt_freeaddrinfo(list);

	/* The host knows these. */
	CHECK_EQ(resolve(&list, "localhost", AF_UNSPEC), EAI_NONAME);
	CHECK_EQ(resolve(&list, "example.org", AF_UNSPEC), EAI_NONAME);
	CHECK_EQ(zt_getaddrinfo(name, NULL, &hints, &list), EAI_NONAME);
	errno = EDOM;
	CHECK_EQ(resolve(&list, "0000000001.zt", AF_INET), EAI_NONAME);
	CHECK_EQ(errno, EDOM);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}
