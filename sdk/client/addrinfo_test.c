/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/addrinfo.h"

#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static int n_lists; /* of the C library, not freed */
static bool is_out_of_memory;

static int get(const char *node, const char *service,
	       const struct addrinfo *hints, struct addrinfo **out)
{
	int r = getaddrinfo(node, service, hints, out);

	CHECK(hints->ai_flags & AI_NUMERICHOST);
	n_lists += r == 0;
	return r;
}

static void give(struct addrinfo *list)
{
	n_lists--;
	freeaddrinfo(list);
}

static void *alloc(size_t size)
{
	return is_out_of_memory ? NULL : calloc(1, size);
}

static const struct addrinfo_calls calls = {
	.getaddrinfo = get,
	.freeaddrinfo = give,
	.alloc = alloc,
};

static void add(struct lookup *l, const char *text)
{
	struct rpc_addr *a = &l->list[l->n++];

	*a = (struct rpc_addr){ .family = strchr(text, ':') ? 6 : 4 };
	CHECK_EQ(inet_pton(a->family == 4 ? AF_INET : AF_INET6, text, a->ip),
		 1);
}

static struct lookup both(void)
{
	struct lookup l = { 0 };

	add(&l, "fd00::7");
	add(&l, "10.1.2.3");
	return l;
}

static const char *text_of(const struct addrinfo *i)
{
	static char text[INET6_ADDRSTRLEN];

	CHECK_EQ(getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof(text),
			     NULL, 0, NI_NUMERICHOST),
		 0);
	return text;
}

static int build(struct addrinfo **out, int family, int flags)
{
	struct addrinfo hints = { .ai_family = family,
				  .ai_flags = flags,
				  .ai_socktype = SOCK_STREAM };
	struct lookup l = both();
	int r = tl_addrinfo_build(out, &calls, &l, "a.zt", "80", &hints);

	CHECK_EQ(n_lists, 0);
	return r;
}

TEST(addrinfo_lists_all_addresses_in_order)
{
	const struct sockaddr_in *in;
	struct addrinfo *list;

	CHECK_EQ(build(&list, AF_UNSPEC, 0), 0);
	CHECK_EQ(list->ai_family, AF_INET6);
	CHECK_STR(text_of(list), "fd00::7");
	CHECK_EQ(list->ai_socktype, SOCK_STREAM);
	CHECK(!list->ai_canonname);
	CHECK_STR(text_of(list->ai_next), "10.1.2.3");
	in = (const struct sockaddr_in *)(const void *)list->ai_next->ai_addr;
	CHECK_EQ(ntohs(in->sin_port), 80);
	CHECK(!list->ai_next->ai_next);
	free(list);
}

TEST(addrinfo_hints_choose_the_family)
{
	struct addrinfo *list;

	CHECK_EQ(build(&list, AF_INET, 0), 0);
	CHECK_STR(text_of(list), "10.1.2.3");
	CHECK(!list->ai_next);
	free(list);
	CHECK_EQ(build(&list, AF_INET6, 0), 0);
	CHECK_STR(text_of(list), "fd00::7");
	CHECK(!list->ai_next);
	free(list);
}

TEST(addrinfo_mapped_addresses_only_without_others_or_with_all)
{
	struct addrinfo hints = { .ai_family = AF_INET6,
				  .ai_flags = AI_V4MAPPED,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	struct lookup l = { 0 };

	CHECK_EQ(build(&list, AF_INET6, AI_V4MAPPED), 0);
	CHECK(!list->ai_next);
	free(list);
	CHECK_EQ(build(&list, AF_INET6, AI_V4MAPPED | AI_ALL), 0);
	CHECK(list->ai_next);
	CHECK_STR(text_of(list->ai_next), "::ffff:10.1.2.3");
	free(list);
	add(&l, "10.1.2.3");
	CHECK_EQ(tl_addrinfo_build(&list, &calls, &l, "a.zt", NULL, &hints), 0);
	CHECK_STR(text_of(list), "::ffff:10.1.2.3");
	free(list);
	CHECK_EQ(n_lists, 0);
}

TEST(addrinfo_canonical_name_is_the_name_asked_for)
{
	struct addrinfo *list;

	CHECK_EQ(build(&list, AF_UNSPEC, AI_CANONNAME), 0);
	CHECK_STR(list->ai_canonname, "a.zt");
	CHECK(!list->ai_next->ai_canonname);
	free(list);
}

TEST(addrinfo_failures)
{
	struct addrinfo hints = { .ai_family = AF_INET6 };
	struct lookup l = { 0 };
	struct addrinfo *list;

	CHECK_EQ(tl_addrinfo_build(&list, &calls, &l, "a.zt", NULL, &hints),
		 EAI_NONAME);
	add(&l, "10.1.2.3");
	CHECK_EQ(tl_addrinfo_build(&list, &calls, &l, "a.zt", NULL, &hints),
		 EAI_NONAME);
	l = both();
	CHECK_EQ(tl_addrinfo_build(&list, &calls, &l, "a.zt", "no such service",
				   NULL),
		 EAI_SERVICE);
	is_out_of_memory = true;
	CHECK_EQ(build(&list, AF_UNSPEC, 0), EAI_MEMORY);
	is_out_of_memory = false;
	CHECK_EQ(n_lists, 0);
}

TEST(addrinfo_takes_a_list_over)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_CANONNAME };
	struct addrinfo *list;

	CHECK_EQ(get("10.9.8.7", "7", &hints, &list), 0);
	list = tl_addrinfo_take(&calls, list);
	CHECK(list);
	CHECK_EQ(n_lists, 0);
	CHECK_STR(text_of(list), "10.9.8.7");
	CHECK_STR(list->ai_canonname, "10.9.8.7");
	CHECK(list->ai_next); /* UDP */
	free(list);
}

TEST(addrinfo_family_of_the_hints)
{
	struct addrinfo hints = { .ai_family = AF_INET };

	CHECK_EQ(tl_addrinfo_family(NULL), 0);
	CHECK_EQ(tl_addrinfo_family(&hints), 4);
	hints.ai_family = AF_INET6;
	CHECK_EQ(tl_addrinfo_family(&hints), 6);
	hints.ai_flags = AI_V4MAPPED;
	CHECK_EQ(tl_addrinfo_family(&hints), 0);
}

TEST(addrinfo_errors_of_lookups)
{
	CHECK_EQ(tl_addrinfo_error(-ENOENT), EAI_NONAME);
	CHECK_EQ(tl_addrinfo_error(-EAGAIN), EAI_AGAIN);
	CHECK_EQ(tl_addrinfo_error(-ENETDOWN), EAI_AGAIN);
	CHECK_EQ(tl_addrinfo_error(-ENOMEM), EAI_MEMORY);
	CHECK_EQ(tl_addrinfo_error(-EPERM), EAI_SYSTEM);
	CHECK_EQ(errno, EPERM);
}
