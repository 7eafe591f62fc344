/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.c - another socket under the same number, epoll included
 */
#include "sdk/client/replace.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"
#include "shim/shim.h"
#include "shim/watch.h"

int tl_exchange_host(int fd, uint32_t tag)
{
	int domain = tag & TAG_DOMAIN6 ? AF_INET6 : AF_INET;
	int type = tl_tag_is_udp(tag) ? SOCK_DGRAM : SOCK_STREAM;
	struct watch_set set;
	int fresh;
	int r;

	fresh = tl_sys_socket(domain, type | SOCK_CLOEXEC,
			      tl_tag_protocol(tag));
	if (fresh < 0)
		return fresh;

	tl_watch_collect(&set, fd);
	r = tl_replace_with(fd, tag, fresh);
	if (r < 0)
		return r;
	tl_watch_restore(&set, fd);
	tl_fd_forget(fd);
	return 0;
}

int tl_exchange_renew(int fd, uint32_t tag)
{
	struct watch_set set;
	int r;

	tl_watch_collect(&set, fd);
	r = tl_replace_renew(fd, tag);
	if (r < 0)
		return r;
	tl_watch_restore(&set, fd);
	tl_fd_forget(fd);
	return 0;
}
