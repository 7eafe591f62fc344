/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/trap.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/net.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bytes.h"
#include "harness.h"

/* A trap of this process: its memory can be read as anybody else's. */
static struct trap of_self(int nr, uint32_t arch)
{
	struct trap t = { .fd = -1 };

	t.task.tid = getpid();
	t.data.nr = nr;
	t.data.arch = arch;
	return t;
}

TEST(trap_native_numbers_are_known)
{
	struct trap t = of_self(SYS_connect, 0);

	t.data.args[2] = 16;
	CHECK_EQ(tl_trap_decode(&t), 0);
	CHECK_EQ(t.kind, TRAP_CONNECT);
	CHECK_EQ(t.args[2], 16);
	t = of_self(SYS_read, 0);
	CHECK_EQ(tl_trap_decode(&t), 0);
	CHECK_EQ(t.kind, TRAP_OTHER);
}

/* accept(2) has no flags: what stands in that register is anything. */
TEST(trap_accept_has_no_flags)
{
	struct trap t = of_self(SYS_accept, 0);

	t.data.args[3] = SOCK_NONBLOCK;
	CHECK_EQ(tl_trap_decode(&t), 0);
	CHECK_EQ(t.args[3], 0);
	t = of_self(SYS_accept4, 0);
	t.data.args[3] = SOCK_NONBLOCK;
	CHECK_EQ(tl_trap_decode(&t), 0);
	CHECK_EQ(t.args[3], SOCK_NONBLOCK);
}

#if defined(__x86_64__)
#define I386_CONNECT 362
#define I386_SOCKETCALL 102

TEST(trap_i386_numbers_are_others)
{
	struct trap t = of_self(I386_CONNECT, AUDIT_ARCH_I386);

	CHECK_EQ(tl_trap_decode(&t), 0);
	CHECK_EQ(t.kind, TRAP_CONNECT);
	CHECK(t.is_32);
	/* What connect(2) is here, is another call there. */
	t = of_self(SYS_connect, AUDIT_ARCH_I386);
	CHECK_EQ(tl_trap_decode(&t), 0);
	CHECK_EQ(t.kind, TRAP_OTHER);
}

TEST(trap_socketcall_of_no_kind_is_none_of_ours)
{
	struct trap t = of_self(I386_SOCKETCALL, AUDIT_ARCH_I386);

	t.data.args[0] = 0;
	CHECK_EQ(tl_trap_decode(&t), 0);
	CHECK_EQ(t.kind, TRAP_OTHER);
	t.data.args[0] = 99;
	CHECK_EQ(tl_trap_decode(&t), 0);
	CHECK_EQ(t.kind, TRAP_OTHER);
	/* Its words are nowhere. */
	t.data.args[0] = SYS_CONNECT;
	t.data.args[1] = 0;
	CHECK_EQ(tl_trap_decode(&t), -EFAULT);
}
#endif

TEST(trap_messages_are_read_with_their_runs)
{
	struct trap t = of_self(SYS_sendmsg, 0);
	static struct trap_message m;
	char b[8];
	struct iovec iov[2] = { { b, 3 }, { b + 3, 5 } };
	struct msghdr h = { .msg_iov = iov, .msg_iovlen = 2 };

	CHECK_EQ(tl_trap_read_message(&t, &m, (uintptr_t)&h), 0);
	CHECK_EQ(m.n, 8);
	CHECK_EQ(m.n_runs, 2);
	h.msg_iovlen = TRAP_RUNS_MAX + 1;
	CHECK_EQ(tl_trap_read_message(&t, &m, (uintptr_t)&h), -EMSGSIZE);
	h.msg_iovlen = 2;
	iov[1].iov_len = SIZE_MAX;
	CHECK_EQ(tl_trap_read_message(&t, &m, (uintptr_t)&h), -EINVAL);
	CHECK_EQ(tl_trap_read_message(&t, &m, 0), -EFAULT);
}

static const struct trap of_32 = { .is_32 = true };

TEST(trap_control_data_changes_its_layout)
{
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(sizeof(int))];
	} wide = { 0 };
	uint8_t narrow[64] = { 0 };
	uint8_t back[64] = { 0 };
	size_t n = sizeof(narrow);
	size_t n_back = sizeof(back);
	int ttl = 64;

	wide.head.cmsg_len = CMSG_LEN(sizeof(ttl));
	wide.head.cmsg_type = IP_TTL;
	memcpy(CMSG_DATA(&wide.head), &ttl, sizeof(ttl));
	CHECK(tl_trap_control_out(&of_32, narrow, &n, wide.room,
				  sizeof(wide.room)));
	CHECK_EQ(n, 16);
	CHECK_EQ(narrow[0], 16);
	CHECK_EQ(narrow[12], 64);
	CHECK(tl_trap_control_in(&of_32, back, &n_back, narrow, n));
	CHECK_EQ(n_back, sizeof(wide.room));
	CHECK_MEM(back, wide.room, CMSG_LEN(sizeof(int)));
}

TEST(trap_control_data_that_lies_is_refused)
{
	struct {
		uint32_t len;
		int32_t level;
		int32_t type;
		int32_t value;
	} c = { 17, IPPROTO_IP, IP_TTL, 64 };
	uint8_t out[64];
	size_t n = sizeof(out);

	CHECK(!tl_trap_control_in(&of_32, out, &n, &c, sizeof(c)));
	c.len = 11;
	n = sizeof(out);
	CHECK(!tl_trap_control_in(&of_32, out, &n, &c, sizeof(c)));
	c.len = 16;
	n = 19; /* one byte too small */
	CHECK(!tl_trap_control_in(&of_32, out, &n, &c, sizeof(c)));
	n = sizeof(out);
	CHECK(tl_trap_control_in(&of_32, out, &n, &c, sizeof(c)));
}
