/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ioctl.c - hook of ioctl(2)
 */
#include "shim/shim.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "sdk/client/client.h"
#include "sdk/client/ifreq.h"
#include "sdk/client/tag.h"

int shim_ioctl(int fd, uintptr_t request, void *arg)
{
	uint32_t tag;

	if (request == FIONREAD && arg && tl_fd_kind(fd, &tag) == FD_UDP) {
		*(int *)arg = tl_client_next_size(fd);
		return 0;
	}
	if (request != SIOCGIFCONF && !tl_ifreq_is_queue(request) &&
	    !tl_ifreq_is_one(request))
		return tl_real.ioctl(fd, request, arg);
	if (!tl_tag_get(&tag, fd))
		return tl_real.ioctl(fd, request, arg);
	if (request == SIOCGIFCONF)
		return tl_result(tl_ifreq_list(arg));
	if (tl_ifreq_is_one(request))
		return tl_result(tl_ifreq_ask(tag, request, arg));
	return tl_result(arg ? tl_ifreq_queue(fd, tag, request, arg) : -EFAULT);
}
