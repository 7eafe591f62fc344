/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/file.h"

#define SCRIPT_DEPTH_MAX 4 /* as the kernel has it */
#define SCRIPT_LINE_MAX 256
#define HEADERS_MAX 256
#define NOTES_MAX 4096
#define DEFAULT_PATH "/bin:/usr/bin"

static enum program_kind try_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == EACCES ? PROGRAM_NOT_EXECUTABLE
				       : PROGRAM_NOT_FOUND;
	if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0)
		return PROGRAM_NOT_EXECUTABLE;
	return PROGRAM_OK;
}

enum program_kind tl_program_find(char *out, const char *command)
{
	const char *dirs = getenv("PATH");
	enum program_kind best = PROGRAM_NOT_FOUND;
	enum program_kind kind;
	size_t n;

	if (strchr(command, '/')) {
		n = strlen(command);
		if (n >= PROGRAM_PATH_SIZE)
			return PROGRAM_NOT_FOUND;
		kind = try_path(command);
		if (kind == PROGRAM_OK)
			memcpy(out, command, n + 1);
		return kind;
	}
	for (dirs = dirs ? dirs : DEFAULT_PATH;; dirs += n + 1) {
		char path[PROGRAM_PATH_SIZE];
		int len;

		n = strcspn(dirs, ":");
		len = snprintf(path, sizeof(path), "%.*s%s%s", (int)n, dirs,
			       n ? "/" : "./", command);
		/* A folder that may not be searched shows nothing: PATH may
		 * have some of another user's. */
		kind = len < PROGRAM_PATH_SIZE && access(path, F_OK) == 0
			       ? try_path(path)
			       : PROGRAM_NOT_FOUND;
		if (kind == PROGRAM_OK) {
			memcpy(out, path, (size_t)len + 1);
			return kind;
		}
		if (kind == PROGRAM_NOT_EXECUTABLE)
			best = kind;
		if (!dirs[n])
			return best;
	}
}

/* The machine that we run on, as ELF files call it; 0 if that is not known. */
static uint16_t own_machine(void)
{
	ElfW(Ehdr) own;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, &own, sizeof(own));
	tl_fd_close(&fd);
	return n == (ssize_t)sizeof(own) ? own.e_machine : 0;
}

/* Notes are a name's and a value's length, a kind, and both, padded. */
static bool has_go_note(int fd, const ElfW(Phdr) * p)
{
	uint8_t room[NOTES_MAX];
	ElfW(Nhdr) h;
	size_t at = 0;
	ssize_t n = pread(fd, room, TL_MIN(sizeof(room), p->p_filesz),
			  (off_t)p->p_offset);

	while (n > 0 && (size_t)n - at >= sizeof(h) + 4) {
		size_t skip;

		memcpy(&h, room + at, sizeof(h));
		if (h.n_namesz == 4 &&
		    memcmp(room + at + sizeof(h), "Go\0", 4) == 0)
			return true;
		if (h.n_namesz > NOTES_MAX || h.n_descsz > NOTES_MAX)
			return false;
		skip = sizeof(h) + ((h.n_namesz + 3u) & ~3u) +
		       ((h.n_descsz + 3u) & ~3u);
		if (skip > (size_t)n - at)
			return false;
		at += skip;
	}
	return false;
}

/* Is the loader that it names one that knows our C library? */
static bool has_other_loader(int fd, const ElfW(Phdr) * p)
{
	char path[128] = "";
	ssize_t n = pread(fd, path, TL_MIN(sizeof(path) - 1, p->p_filesz),
			  (off_t)p->p_offset);

	return n > 0 && strstr(path, "ld-musl");
}

static enum program_kind check_segment(enum program_kind so_far, int fd,
				       const ElfW(Phdr) * p)
{
	if (p->p_type == PT_INTERP && so_far == PROGRAM_STATIC)
		return has_other_loader(fd, p) ? PROGRAM_OTHER_LIBC
					       : PROGRAM_OK;
	return so_far;
}

static enum program_kind check_elf(int fd)
{
	enum program_kind kind = PROGRAM_STATIC;
	bool is_go = false;
	uint16_t machine = own_machine();
	ElfW(Ehdr) e;
	ElfW(Phdr) p;
	unsigned int i;

	if (pread(fd, &e, sizeof(e), 0) != (ssize_t)sizeof(e))
		return PROGRAM_NOT_EXECUTABLE;
	if (e.e_ident[EI_CLASS] !=
		    (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    (machine && e.e_machine != machine) || e.e_phentsize != sizeof(p))
		return PROGRAM_FOREIGN;
	for (i = 0; i < e.e_phnum && i < HEADERS_MAX; i++) {
		off_t at = (off_t)(e.e_phoff + i * sizeof(p));

		if (pread(fd, &p, sizeof(p), at) != (ssize_t)sizeof(p))
			break;
		kind = check_segment(kind, fd, &p);
		is_go = is_go || (p.p_type == PT_NOTE && has_go_note(fd, &p));
	}
	return kind == PROGRAM_OK && is_go ? PROGRAM_GO : kind;
}

/* Does running it change who we are? Then the loader ignores LD_PRELOAD. */
static enum program_kind check_privileges(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return PROGRAM_OK;
	if ((st.st_mode & S_ISUID && st.st_uid != getuid()) ||
	    (st.st_mode & S_ISGID && st.st_mode & S_IXGRP &&
	     st.st_gid != getgid()))
		return PROGRAM_SETUID;
	if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return PROGRAM_CAPABILITIES;
	return PROGRAM_OK;
}

/* "#! /path argument": the path. False if there is none. */
static bool script_interpreter(char *out, char *line)
{
	size_t n;

	line += 2;
	line += strspn(line, " \t");
	n = strcspn(line, " \t\r\n");
	if (n == 0 || line[n] == 0)
		return false;
	memcpy(out, line, n);
	out[n] = 0;
	return true;
}

/* One file; *@is_script if @next names another one to look at. */
static enum program_kind check_file(const char *path, char *next,
				    bool *is_script)
{
	char line[SCRIPT_LINE_MAX] = "";
	enum program_kind privileged;
	enum program_kind kind;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*is_script = false;
	if (fd < 0)
		return PROGRAM_OK; /* cannot tell */
	n = read(fd, line, sizeof(line) - 1);
	if (n >= 2 && memcmp(line, "#!", 2) == 0) {
		*is_script = script_interpreter(next, line);
		kind = *is_script ? PROGRAM_OK : PROGRAM_NOT_EXECUTABLE;
	} else if (n >= 4 && memcmp(line, ELFMAG, SELFMAG) == 0) {
		kind = check_elf(fd);
		privileged = check_privileges(fd);
		if (privileged != PROGRAM_OK)
			kind = privileged;
	} else {
		/* execvp(3) gives a file without magic to the shell. */
		memcpy(next, "/bin/sh", sizeof("/bin/sh"));
		*is_script = true;
		kind = PROGRAM_OK;
	}
	tl_fd_close(&fd);
	return kind;
}

enum program_kind tl_program_check(const char *path)
{
	char next[2][SCRIPT_LINE_MAX];
	bool is_script = true;
	enum program_kind kind = PROGRAM_OK;
	int depth;

	for (depth = 0; is_script && depth <= SCRIPT_DEPTH_MAX; depth++) {
		kind = check_file(path, next[depth % 2], &is_script);
		if (kind != PROGRAM_OK)
			return kind;
		path = next[depth % 2];
	}
	return is_script ? PROGRAM_NOT_EXECUTABLE : kind;
}
