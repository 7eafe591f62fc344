/* SPDX-License-Identifier: Apache-2.0 */
#include "os/notify.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"

static char got[512];

/* A manager's socket at @name, where '@' stands for the NUL. */
static int manager(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(un.sun_path, name, n);
	if (name[0] == '@')
		un.sun_path[0] = 0;
	CHECK_EQ(bind(fd, (struct sockaddr *)&un,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
		 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static const char *receive(int fd)
{
	ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);

	got[n > 0 ? n : 0] = 0;
	return got;
}

static int notify(const char *text)
{
	return tl_notify(tl_bytes_from_str(text));
}

TEST(notify_reaches_an_abstract_name)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "@tapless-notify-test-%d", getpid());
	fd = manager(name);
	CHECK_EQ(notify("READY=1\nSTATUS=well"), 0);
	CHECK_STR(receive(fd), "READY=1\nSTATUS=well");
	close(fd);
	CHECK_EQ(notify("READY=1"), -ECONNREFUSED);
}

TEST(notify_reaches_a_path)
{
	char dir[] = "/tmp/tapless-notify-XXXXXX";
	char name[64];
	int fd;

	CHECK(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/socket", dir);
	fd = manager(name);
	CHECK_EQ(notify("WATCHDOG=1"), 0);
	CHECK_STR(receive(fd), "WATCHDOG=1");
	tl_notify_reloading("again");
	CHECK(strncmp(receive(fd), "RELOADING=1\nMONOTONIC_USEC=", 27) == 0);
	CHECK(strstr(got, "\nSTATUS=again"));
	unlink(name);
	rmdir(dir);
}

TEST(notify_without_a_manager_does_nothing)
{
	unsetenv("NOTIFY_SOCKET");
	CHECK_EQ(notify("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	CHECK_EQ(notify("READY=1"), 0);
}

TEST(notify_refuses_what_is_no_address)
{
	char name[200];

	setenv("NOTIFY_SOCKET", "relative", 1);
	CHECK_EQ(notify("x"), -EINVAL);
	setenv("NOTIFY_SOCKET", "@", 1);
	CHECK_EQ(notify("x"), -EINVAL);
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[199] = 0;
	setenv("NOTIFY_SOCKET", name, 1);
	CHECK_EQ(notify("x"), -EINVAL);
}

TEST(notify_watchdog_is_for_whom_it_names)
{
	char pid[16];

	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	CHECK_EQ(tl_notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	CHECK_EQ(tl_notify_watchdog_ms(), 30000);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	CHECK_EQ(tl_notify_watchdog_ms(), 30000);
	setenv("WATCHDOG_PID", "1", 1);
	CHECK_EQ(tl_notify_watchdog_ms(), getpid() == 1 ? 30000 : 0);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "-5", 1);
	CHECK_EQ(tl_notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "5x", 1);
	CHECK_EQ(tl_notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "99999999999999999999999", 1);
	CHECK_EQ(tl_notify_watchdog_ms(), 0);
}
