/* SPDX-License-Identifier: Apache-2.0 */
/* A service that knows RPC_SESSION only, programs that show what they get. */
#include "cli/cmd_run.c"
#include "cli/large_number.c"
#include "cli/netns_options.c"
#include "cli/program.c"
#include "cli/run_activate.c"
#include "cli/run_rules.c"
#include "cli/use_service.c"
#include "cli/util.c"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "harness.h"
#include "os/random.h"

static char home[] = "/tmp/tapless-run-test-XXXXXX";
static char endpoint_name[32];
static pid_t maker;

static void remove_home(void)
{
	char command[128];

	if (getpid() != maker)
		return;
	snprintf(command, sizeof(command), "rm -rf '%s'", home);
	CHECK_EQ(system(command), 0);
}

static int listen_at_name(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	uint32_t unique;
	size_t n;
	int fd;

	tl_random(NULL, &unique, sizeof(unique));
	snprintf(endpoint_name, sizeof(endpoint_name), "tapless-test-%08x",
		 unique);
	n = strlen(endpoint_name);
	memcpy(un.sun_path + 1, endpoint_name, n);
	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK(bind(fd, (struct sockaddr *)&un,
		   (socklen_t)(sizeof(un.sun_family) + 1 + n)) == 0);
	CHECK(listen(fd, 4) == 0);
	return fd;
}

/* Answer one request with @status, and a token of @token_len bytes. */
static void serve(int listener, uint32_t status, size_t token_len)
{
	static const uint8_t token[32] = { 0xde, 0xad, 0xbe, 0xef };
	struct rpc_reply reply = { .status = status,
				   .opt = tl_bytes(token, token_len) };
	struct rpc_request q;
	uint8_t buf[RPC_REQUEST_MAX];
	uint8_t out[RPC_REPLY_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(out));
	struct reader r;
	int fd = accept(listener, NULL, NULL);
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	CHECK(n > 0);
	r = tl_reader(tl_bytes(buf, (size_t)n));
	tl_rpc_read_request(&r, &q);
	CHECK(tl_reader_ok(&r));
	CHECK_EQ(q.op, RPC_SESSION);
	tl_rpc_write_reply(&w, &reply);
	CHECK(tl_writer_ok(&w));
	CHECK(send(fd, out, w.n, 0) == (ssize_t)w.n);
}

static void start_service(uint32_t status, size_t token_len)
{
	char path[128];
	int listener;

	maker = getpid();
	CHECK(mkdtemp(home));
	atexit(remove_home);
	listener = listen_at_name();
	snprintf(path, sizeof(path), "%s/tapless.endpoint", home);
	CHECK_EQ(tl_file_write(path, tl_bytes_from_str(endpoint_name), 0600),
		 0);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener, status, token_len);
		_exit(0);
	}
	close(listener);
}

/* Any object that does no harm when it is preloaded: the C library. */
static char preload[PATH_MAX];

static void choose_preload(void)
{
	Dl_info info;

	CHECK(dladdr((void *)gnu_get_libc_version, &info) != 0);
	CHECK(setenv("TAPLESS_PRELOAD", info.dli_fname, 1) == 0);
	CHECK(realpath(info.dli_fname, preload));
}

/* Run `tapless run` with these arguments; its standard output goes to @out. */
static int run(char *out, size_t size, char **argv)
{
	int fds[2];
	int status;
	ssize_t n;
	pid_t pid;
	size_t got = 0;

	CHECK(pipe(fds) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		_exit(tl_cmd_run(0, argv));
	}
	close(fds[1]);
	while ((n = read(fds[0], out + got, size - 1 - got)) > 0)
		got += (size_t)n;
	out[got] = 0;
	close(fds[0]);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Without what valgrind preloads before all others. */
static char show[] = "echo $TAPLESS_SERVICE $TAPLESS_UID $TAPLESS_TOKEN "
		     "x$TAPLESS_ISOLATE$TAPLESS_LISTEN; "
		     "echo ${LD_PRELOAD##*/vgpreload_memcheck-*.so:}; exit 42";

TEST(run_hands_over_service_token_and_preload)
{
	char *argv[] = { (char[]){ "run" },
			 (char[]){ "-D" },
			 home,
			 (char[]){ "--isolate" },
			 (char[]){ "--" },
			 (char[]){ "sh" },
			 (char[]){ "-c" },
			 show,
			 NULL };
	char out[2 * PATH_MAX];
	char want[3 * PATH_MAX];

	start_service(RPC_OK, RPC_TOKEN_LEN);
	choose_preload();
	CHECK_EQ(run(out, sizeof(out), argv), 42);
	snprintf(want, sizeof(want), "%s %u deadbeef%024d x1\n%s\n",
		 endpoint_name, getuid(), 0, preload);
	CHECK_STR(out, want);
}

TEST(run_keeps_other_preloads_and_clears_isolation)
{
	char *argv[] = { (char[]){ "run" },
			 (char[]){ "-D" },
			 home,
			 (char[]){ "sh" },
			 (char[]){ "-c" },
			 show,
			 NULL };
	char out[2 * PATH_MAX];
	char want[3 * PATH_MAX];

	start_service(RPC_OK, RPC_TOKEN_LEN);
	choose_preload();
	setenv("TAPLESS_ISOLATE", "1", 1);
	setenv("TAPLESS_LISTEN", "host", 1);
	setenv("LD_PRELOAD", getenv("TAPLESS_PRELOAD"), 1);
	CHECK_EQ(run(out, sizeof(out), argv), 42);
	snprintf(want, sizeof(want), "%s %u deadbeef%024d x\n%s:%s\n",
		 endpoint_name, getuid(), 0, preload,
		 getenv("TAPLESS_PRELOAD"));
	CHECK_STR(out, want);
}

TEST(run_says_where_to_listen)
{
	char *argv[] = { (char[]){ "run" },
			 (char[]){ "-D" },
			 home,
			 (char[]){ "--listen" },
			 (char[]){ "both" },
			 (char[]){ "sh" },
			 (char[]){ "-c" },
			 (char[]){ "echo $TAPLESS_LISTEN" },
			 NULL };
	char out[64];

	start_service(RPC_OK, RPC_TOKEN_LEN);
	choose_preload();
	CHECK_EQ(run(out, sizeof(out), argv), 0);
	CHECK_STR(out, "both\n");
	argv[4] = (char[]){ "everywhere" };
	CHECK_EQ(run(out, sizeof(out), argv), EXIT_USAGE);
}

TEST(run_says_whether_questions_are_looked_at)
{
	char *argv[] = { (char[]){ "run" },
			 (char[]){ "-D" },
			 home,
			 (char[]){ "--dns" },
			 (char[]){ "off" },
			 (char[]){ "sh" },
			 (char[]){ "-c" },
			 (char[]){ "echo $TAPLESS_DNS" },
			 NULL };
	char out[64];

	start_service(RPC_OK, RPC_TOKEN_LEN);
	choose_preload();
	CHECK_EQ(run(out, sizeof(out), argv), 0);
	CHECK_STR(out, "off\n");
	argv[4] = (char[]){ "perhaps" };
	CHECK_EQ(run(out, sizeof(out), argv), EXIT_USAGE);
}

static int run_true(void)
{
	char *argv[] = { (char[]){ "run" }, (char[]){ "-D" }, home,
			 (char[]){ "true" }, NULL };
	char out[16];

	return run(out, sizeof(out), argv);
}

TEST(run_refused_session_runs_nothing)
{
	start_service(EPERM, 0);
	choose_preload();
	CHECK_EQ(run_true(), EXIT_FAILED);
}

TEST(run_odd_token_runs_nothing)
{
	start_service(RPC_OK, RPC_TOKEN_LEN - 1);
	choose_preload();
	CHECK_EQ(run_true(), EXIT_FAILED);
}

TEST(run_missing_preload_runs_nothing)
{
	start_service(RPC_OK, RPC_TOKEN_LEN);
	CHECK(setenv("TAPLESS_PRELOAD", "/no/such.so", 1) == 0);
	CHECK_EQ(run_true(), EXIT_FAILED);
}

TEST(run_preload_path_must_suit_the_loader)
{
	char *argv[] = { (char[]){ "run" },
			 (char[]){ "-D" },
			 home,
			 (char[]){ "--via" },
			 (char[]){ "preload" },
			 (char[]){ "true" },
			 NULL };
	char path[128];
	char odd[128];
	char out[16];

	start_service(RPC_OK, RPC_TOKEN_LEN);
	choose_preload();
	snprintf(path, sizeof(path), "%s/a b.so", home);
	CHECK_EQ(tl_file_write(path, tl_bytes("x", 1), 0600), 0);
	snprintf(odd, sizeof(odd), "%s/link.so", home);
	CHECK(symlink(path, odd) == 0);
	CHECK(setenv("TAPLESS_PRELOAD", odd, 1) == 0);
	CHECK_EQ(run(out, sizeof(out), argv), EXIT_FAILED);
}

TEST(program_is_found_as_execvp_finds_it)
{
	char path[PROGRAM_PATH_SIZE];
	static char longest[2 * PROGRAM_PATH_SIZE];

	setenv("PATH", "/nowhere::/bin", 1);
	CHECK_EQ(tl_program_find(path, "sh"), PROGRAM_OK);
	CHECK_STR(path, "/bin/sh");
	CHECK_EQ(tl_program_check(path), PROGRAM_OK);
	setenv("PATH", "/etc:/nowhere", 1);
	CHECK_EQ(tl_program_find(path, "sh"), PROGRAM_NOT_FOUND);
	CHECK_EQ(tl_program_find(path, "passwd"), PROGRAM_NOT_EXECUTABLE);
	CHECK_EQ(tl_program_find(path, "/etc"), PROGRAM_NOT_EXECUTABLE);
	unsetenv("PATH");
	CHECK_EQ(tl_program_find(path, "sh"), PROGRAM_OK);
	memset(longest, 'x', sizeof(longest) - 1);
	CHECK_EQ(tl_program_find(path, longest), PROGRAM_NOT_FOUND);
	longest[0] = '/';
	CHECK_EQ(tl_program_find(path, longest), PROGRAM_NOT_FOUND);
}

/* What `run --via netns` would have done. */
static struct netns_options asked;
static const char *asked_command;

int tl_cli_run_netns(struct netns_options *o, const char *from, char **command)
{
	asked = *o;
	asked.home.home = from;
	asked_command = command[0];
	return 77;
}

TEST(run_via_netns_is_handed_on_with_its_options)
{
	char *defaults[] = { "run", "--via", "netns", "-D", "h", "x", NULL };
	char *all[] = { "run",	  "--via=netns", "--network=8056c2e21c000001",
			"--name", "other",	 "--wait=5",
			"--root", "--",		 "-x",
			NULL };

	unsetenv("TAPLESS_NETNS_DEVICE");
	CHECK_EQ(tl_cmd_run(6, defaults), 77);
	CHECK_STR(asked.home.home, "h");
	CHECK_STR(asked.home.name, "default");
	CHECK_EQ(asked.home.network, 0);
	CHECK_EQ(asked.wait_s, 30);
	CHECK(!asked.as_root && !asked.only_veth);
	CHECK_STR(asked_command, "x");
	setenv("TAPLESS_NETNS_DEVICE", "veth", 1);
	CHECK_EQ(tl_cmd_run(9, all), 77);
	CHECK_STR(asked.home.name, "other");
	CHECK_EQ(asked.home.network, 0x8056c2e21c000001);
	CHECK_EQ(asked.wait_s, 5);
	CHECK(asked.as_root && asked.only_veth);
	CHECK_STR(asked_command, "-x");
}

/* The status of `tapless run --via VIA A B x`. */
static int run_with(char *via, char *a, char *b)
{
	char *argv[] = { "run", "--via", via, a, b, "--", "x", NULL };

	asked_command = NULL;
	return tl_cmd_run(7, argv);
}

TEST(run_via_netns_refuses_what_it_cannot_do)
{
	CHECK_EQ(run_with("netns", "--listen", "both"), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--dns", "off"), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--host", "10.0.0.0/8"), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--wait", "0"), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--wait", "5s"), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--wait", "86401"), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--network", "8056c2e21c00000"), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--network", "0000000000000000"),
		 EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--name", "a/b"), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--name", ".."), EXIT_USAGE);
	CHECK_EQ(run_with("netns", "--name", ""), EXIT_USAGE);
	CHECK_EQ(run_with("preload", "--name", "a"), EXIT_USAGE);
	CHECK_EQ(run_with("auto", "--wait", "9"), EXIT_USAGE);
	CHECK(!asked_command);
}
