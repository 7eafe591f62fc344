/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - run a fuzz target over its corpus, without a fuzzer
 *
 * What a fuzzer once found stays tested in every build. Arguments are files or
 * directories of inputs; a directory that does not exist holds no inputs.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	static uint8_t input[1 << 20];
	FILE *f = fopen(path, "rb");
	uint8_t *exact;
	size_t n;

	if (!f)
		return -1;
	n = fread(input, 1, sizeof(input), f);
	fclose(f);
	/* Exactly as long as the input, so that a sanitizer sees overruns. */
	exact = malloc(n ? n : 1);
	if (!exact)
		return -1;
	for (size_t i = 0; i < n; i++)
		exact[i] = input[i];
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

static int replay_path(const char *path)
{
	char name[4096];
	struct dirent *entry;
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return errno == ENOTDIR ? replay_file(path) : 0;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (replay_file(name) == 0)
			n++;
	}
	closedir(dir);
	printf("%s: %d inputs\n", path, n);
	return 0;
}

int main(int argc, char **argv)
{
	static const uint8_t nothing[1];
	int i;

	(void)LLVMFuzzerTestOneInput(nothing, 0);
	for (i = 1; i < argc; i++) {
		if (replay_path(argv[i]))
			return 1;
	}
	return 0;
}
