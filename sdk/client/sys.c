/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/sys.h"

ssize_t (*tl_sys_wait)(int fd, struct msghdr *m, int flags) = recvmsg;
