/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep.h - what a keeper and its worker say to each other
 *
 * One record of an AF_UNIX SOCK_SEQPACKET pair each: a header of fixed length,
 * then a blob that the keeper does not look into, and descriptors (fdpass.h).
 * Both are started from the same program, but either may be the newer one after
 * an upgrade: the header stays as it is, records of an unknown kind are
 * ignored, and what is appended to a hello is, too.
 *
 *	byte	0	1	2..3		4..7	8..15
 *		kind	0	blob's length	0	key
 */
#ifndef TL_RPC_KEEP_H
#define TL_RPC_KEEP_H

#include "base/reader.h"
#include "base/writer.h"

#define KEEP_HEADER_LEN 16
#define KEEP_BLOB_MAX 1024
#define KEEP_RECORD_MAX (KEEP_HEADER_LEN + KEEP_BLOB_MAX)
#define KEEP_HELLO_LEN 20

/* What one keeper holds at most; what is beyond is not kept. */
#define KEEP_ENTRIES_MAX 65536
#define KEEP_BYTES_MAX ((size_t)16 << 20)

/* A worker that ends with this status has left everything to the next one. */
#define KEEP_EXIT_AGAIN 75

enum keep_kind {
	/* From the worker. */
	KEEP_KEEP = 1, /* 1..3 descriptors; replaces what has the key */
	KEEP_DROP, /* what has the key, if anything has */
	KEEP_STARTED, /* from now on its end is a crash */
	KEEP_ALIVE, /* the loop turns; see keep_hello's beat_ms */
	KEEP_SAY, /* the blob is for the service manager (os/notify.h) */
	/* To the worker. */
	KEEP_GIVE = 16, /* as in KEEP_KEEP */
	KEEP_HELLO, /* all has been given; the blob is a struct keep_hello */
};

/**
 * struct keep_record - One of these
 * @blob:	at most KEEP_BLOB_MAX bytes; borrowed
 */
struct keep_record {
	uint8_t kind;
	uint64_t key;
	struct bytes blob;
};

/**
 * struct keep_hello - What a worker is told
 * @restarts:	workers before this one
 * @last_status: how the last of them ended, as wait(2) has it
 * @beat_ms:	how often to send KEEP_ALIVE; 0: not at all
 * @since_ms:	when the keeper was started, by tl_clock_ms()
 */
struct keep_hello {
	uint32_t restarts;
	uint32_t last_status;
	uint32_t beat_ms;
	uint64_t since_ms;
};

/* Builders fail @w when it is too small, parsers fail @r when malformed. */
void tl_keep_write(struct writer *w, const struct keep_record *k);
void tl_keep_read(struct reader *r, struct keep_record *k);
void tl_keep_write_hello(struct writer *w, const struct keep_hello *h);
void tl_keep_read_hello(struct reader *r, struct keep_hello *h);

#endif /* TL_RPC_KEEP_H */
