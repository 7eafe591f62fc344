/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_id.c - identities: make, check, sign with, and moons made of them */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "cli/cmd.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "cli/world_json.h"

#define SIGNED_FILE_MAX (64 * 1024 * 1024)
#define VANITY_DIGITS_MAX 10

/* The sub-subcommand's arguments begin at @argv[1]. */
struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	int min_args;
	int max_args;
	const char *args;
};

static bool has_prefix(const struct identity *id, const char *prefix)
{
	char text[ADDRESS_TEXT_SIZE];

	tl_address_print(text, id->addr);
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Lower-case digits for comparison; false after saying what is wrong. */
static bool parse_prefix(char out[VANITY_DIGITS_MAX + 1], const char *text)
{
	size_t n = strlen(text);
	size_t i;

	if (n > VANITY_DIGITS_MAX || strncmp(text, "ff", 2) == 0) {
		tl_cli_fail(EXIT_FAILED,
			    "no address begins with \"%s\": at most 10 digits, "
			    "not ff at first",
			    text);
		return false;
	}
	for (i = 0; i < n; i++) {
		int digit = tl_hex_digit(text[i]);

		if (digit < 0) {
			tl_cli_fail(EXIT_FAILED,
				    "\"%s\" is not made of hexadecimal digits",
				    text);
			return false;
		}
		out[i] = "0123456789abcdef"[digit];
	}
	out[n] = 0;
	return true;
}

static int generate(struct identity *id, const char *prefix)
{
	unsigned long long tries = 0;

	do {
		if (tl_identity_generate(id, tl_random, NULL) != 0)
			return tl_cli_fail(EXIT_FAILED, "out of memory");
		tries++;
		if (*prefix)
			fprintf(stderr, "\r%llu tried", tries);
	} while (!has_prefix(id, prefix));
	if (*prefix)
		fputc('\n', stderr);
	return EXIT_OK;
}

static int write_identity(const char *path, const struct identity *id,
			  bool with_private)
{
	char text[IDENTITY_TEXT_SIZE];
	int err;

	tl_identity_print(text, id, with_private);
	err = tl_file_write(path, tl_bytes_from_str(text),
			    with_private ? 0600 : 0644);
	tl_wipe(text, sizeof(text));
	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot write %s: %s", path,
				   strerror(-err));
	printf("%s written\n", path);
	return EXIT_OK;
}

static int id_generate(int argc, char **argv)
{
	char prefix[VANITY_DIGITS_MAX + 1] = "";
	char text[IDENTITY_TEXT_SIZE];
	struct identity id;
	int err;

	if (argc > 3 && !parse_prefix(prefix, argv[3]))
		return EXIT_FAILED;
	err = generate(&id, prefix);
	if (err)
		return err;
	if (argc > 1) {
		err = write_identity(argv[1], &id, true);
		if (err == EXIT_OK && argc > 2)
			err = write_identity(argv[2], &id, false);
	} else {
		fputs(tl_identity_print(text, &id, true), stdout);
		tl_wipe(text, sizeof(text));
	}
	tl_identity_wipe(&id);
	return err;
}

static int id_validate(int argc TL_UNUSED, char **argv)
{
	struct identity id;
	int err = tl_cli_identity(&id, argv[1]);

	if (err)
		return err;
	err = tl_identity_validate(&id);
	tl_identity_wipe(&id);
	if (err) {
		fprintf(stderr, "%s FAILED validation.\n", argv[1]);
		return EXIT_FAILED;
	}
	printf("%s is a valid identity\n", argv[1]);
	return EXIT_OK;
}

static int id_getpublic(int argc TL_UNUSED, char **argv)
{
	char text[IDENTITY_TEXT_SIZE];
	struct identity id;
	int err = tl_cli_identity(&id, argv[1]);

	if (err)
		return err;
	fputs(tl_identity_print(text, &id, false), stdout);
	tl_identity_wipe(&id);
	return EXIT_OK;
}

static int read_signed_file(struct buffer *out, const char *path)
{
	int err = tl_file_read(out, path, SIGNED_FILE_MAX);

	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot read %s: %s", path,
				   strerror(-err));
	return EXIT_OK;
}

static int id_sign(int argc TL_UNUSED, char **argv)
{
	char text[2 * SIGNATURE_LEN + 1];
	struct signature sig;
	struct identity id;
	struct buffer b;
	int err = tl_cli_identity(&id, argv[1]);

	if (err)
		return err;
	if (!id.has_priv)
		return tl_cli_fail(EXIT_FAILED,
				   "%s has no private key to sign with; use "
				   "the secret identity",
				   argv[1]);
	err = read_signed_file(&b, argv[2]);
	if (err == EXIT_OK) {
		tl_identity_sign(&sig, &id, tl_buffer_bytes(b));
		fputs(tl_hex_encode(text, TL_BYTES_OF(sig.b)), stdout);
		tl_free(b.at);
	}
	tl_identity_wipe(&id);
	return err;
}

/* Digits, or a file with digits. */
static int read_signature(struct signature *out, const char *arg)
{
	struct bytes text = tl_bytes_from_str(arg);
	struct buffer b;
	int err;

	if (tl_hex_decode(out->b, sizeof(out->b), text) == 0)
		return EXIT_OK;
	err = tl_file_read(&b, arg, 4096);
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "\"%s\" is neither a signature (192 digits) "
				   "nor a file with one",
				   arg);
	text = tl_buffer_bytes(b);
	while (text.n && strchr(" \t\r\n", text.at[text.n - 1]))
		text.n--;
	err = tl_hex_decode(out->b, sizeof(out->b), text);
	tl_free(b.at);
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "%s holds no signature: that is 192 digits",
				   arg);
	return EXIT_OK;
}

static int id_verify(int argc TL_UNUSED, char **argv)
{
	struct signature sig;
	struct identity id;
	struct buffer b;
	bool good;
	int err = tl_cli_identity(&id, argv[1]);

	if (err == EXIT_OK)
		err = read_signature(&sig, argv[3]);
	if (err == EXIT_OK)
		err = read_signed_file(&b, argv[2]);
	if (err)
		return err;
	good = tl_signature_verify(&sig, id.pub, tl_buffer_bytes(b));
	tl_free(b.at);
	tl_identity_wipe(&id);
	if (!good) {
		fprintf(stderr, "%s signature check FAILED\n", argv[2]);
		return EXIT_FAILED;
	}
	printf("%s signature valid\n", argv[2]);
	return EXIT_OK;
}

static int id_initmoon(int argc TL_UNUSED, char **argv)
{
	char id[ADDRESS_TEXT_SIZE];
	static struct world w;
	struct key_pair key;
	json_t *json;
	int err = tl_cli_identity(&w.roots[0].identity, argv[1]);

	if (err)
		return err;
	w.n_roots = 1;
	tl_cli_key_pair(&key);
	json = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "objtype",
			 "world", "worldType", "moon", "id",
			 tl_address_print(id, w.roots[0].identity.addr),
			 "signingKey", tl_cli_key_json(key.pub),
			 "signingKey_SECRET", tl_cli_key_json(key.priv),
			 "updatesMustBeSignedBy", tl_cli_key_json(key.pub),
			 "roots", tl_cli_roots_json(&w));
	tl_wipe(&key, sizeof(key));
	tl_identity_wipe(&w.roots[0].identity);
	if (!json)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	tl_cli_print_json(json);
	json_decref(json);
	return EXIT_OK;
}

static int write_world(struct world *w, const struct key_pair *key)
{
	static uint8_t raw[WORLD_WIRE_MAX];
	char name[32];
	int err;

	tl_cli_world_sort(w);
	w->timestamp = (uint64_t)tl_clock_wall_ms();
	tl_world_sign(w, key->pub, key->priv);
	if (!tl_world_verify(w, key->pub))
		return tl_cli_fail(EXIT_FAILED,
				   "signingKey and signingKey_SECRET do not "
				   "belong together");
	snprintf(name, sizeof(name), "%016llx.moon", (unsigned long long)w->id);
	err = tl_file_write(name, tl_cli_world_bytes(raw, w), 0644);
	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot write %s: %s", name,
				   strerror(-err));
	printf("wrote %s (signed world with timestamp %llu)\n", name,
	       (unsigned long long)w->timestamp);
	return EXIT_OK;
}

static int id_genmoon(int argc TL_UNUSED, char **argv)
{
	static struct world w;
	struct key_pair key;
	json_error_t error;
	struct buffer b;
	json_t *json;
	int err = tl_file_read(&b, argv[1], WORLD_JSON_MAX);

	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot read %s: %s", argv[1],
				   strerror(-err));
	json = json_loadb((char *)b.at, b.n, 0, &error);
	tl_wipe(b.at, b.n);
	tl_free(b.at);
	if (!json)
		return tl_cli_fail(EXIT_FAILED, "%s line %d: %s", argv[1],
				   error.line, error.text);
	err = tl_cli_definition_read(&w, &key, json, argv[1]);
	json_decref(json);
	if (err == EXIT_OK)
		err = write_world(&w, &key);
	tl_wipe(&key, sizeof(key));
	return err;
}

int tl_cmd_id(const struct cli *cli TL_UNUSED, int argc, char **argv)
{
	static const struct verb verbs[] = {
		{ "generate", id_generate, 0, 3,
		  "[SECRET-FILE [PUBLIC-FILE [PREFIX]]]" },
		{ "validate", id_validate, 1, 1, "IDENTITY" },
		{ "getpublic", id_getpublic, 1, 1, "IDENTITY" },
		{ "sign", id_sign, 2, 2, "SECRET-IDENTITY FILE" },
		{ "verify", id_verify, 3, 3, "IDENTITY FILE SIGNATURE" },
		{ "initmoon", id_initmoon, 1, 1, "IDENTITY" },
		{ "genmoon", id_genmoon, 1, 1, "MOON.JSON" },
	};
	size_t i;

	if (argc < 2)
		return tl_cli_fail(EXIT_FAILED,
				   "id takes a verb; see tapless id --help");
	for (i = 0; i < TL_ARRAY_SIZE(verbs); i++) {
		const struct verb *v = &verbs[i];

		if (strcmp(argv[1], v->name) != 0)
			continue;
		if (argc - 2 >= v->min_args && argc - 2 <= v->max_args)
			return v->run(argc - 1, argv + 1);
		return tl_cli_fail(EXIT_FAILED, "usage: tapless id %s %s",
				   v->name, v->args);
	}
	return tl_cli_fail(EXIT_FAILED,
			   "id does not know \"%s\"; see tapless id --help",
			   argv[1]);
}
