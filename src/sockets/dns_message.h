/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_message.h - what programs and name servers say to each other
 *
 * For one who stands in between (RFC 1035, 3596, 6891, 8914): questions are
 * read as far as it takes to know whose they are, answers of others as far as
 * it takes to know that they belong to a question, and own answers are built.
 * Messages come from programs and from the network; nothing is kept of one
 * that is not understood.
 */
#ifndef TL_SOCKETS_DNS_MESSAGE_H
#define TL_SOCKETS_DNS_MESSAGE_H

#include "base/bytes.h"
#include "base/compiler.h"

#include "rpc/proto.h"

#define DNS_HEADER_LEN 12
#define DNS_ROOM_MIN 512 /* of a datagram, where nothing else is said */
#define DNS_ROOM_MAX 4096 /* and no more than that, whatever is said */

enum dns_record {
	DNS_RECORD_A = 1,
	DNS_RECORD_PTR = 12,
	DNS_RECORD_AAAA = 28,
	DNS_RECORD_OPT = 41,
	DNS_RECORD_ANY = 255,
};

enum dns_code {
	DNS_CODE_OK = 0,
	DNS_CODE_FORMAT = 1, /* the question is not understood */
	DNS_CODE_FAILED = 2,
	DNS_CODE_NO_NAME = 3,
	DNS_CODE_REFUSED = 5,
};

/**
 * struct dns_question - A question as it stands in a message
 * @id:		the asker's number for it
 * @name:	as text, as it was written, without a final dot
 * @type, @class: 1 is the Internet's class
 * @end:	bytes of the message up to the end of the question
 * @room:	the longest answer that the asker takes by datagram
 * @has_edns:	it knows extensions (RFC 6891)
 */
struct dns_question {
	uint16_t id;
	char name[RPC_HOST_NAME_MAX + 1];
	uint16_t type;
	uint16_t class;
	size_t end;
	size_t room;
	bool has_edns;
};

/**
 * struct dns_reply - What is answered
 * @list:	@n addresses; those that the question is not about are left out
 * @name:	for PTR, or NULL
 * @why:	what is wrong, in words, for those who know extensions; or NULL
 */
struct dns_reply {
	enum dns_code code;
	const struct rpc_addr *list;
	size_t n;
	const char *name;
	const char *why;
};

/**
 * tl_dns_question_read() - Read a message as one plain question
 *
 * Return: false if it is something else, or broken; @out is then undefined.
 */
TL_MUST_USE bool tl_dns_question_read(struct dns_question *out,
				      struct bytes message);

/**
 * tl_dns_reply_build() - Build an answer
 * @out:	at least DNS_ROOM_MAX bytes
 * @message:	the question as it came, of which @q was read
 * @room:	most bytes of it, at least DNS_ROOM_MIN; addresses that do not
 *		fit are left out
 *
 * Return: its length.
 */
size_t tl_dns_reply_build(struct buffer out, struct bytes message,
			  const struct dns_question *q,
			  const struct dns_reply *reply, size_t room);

/* The answer "it does not fit, ask by TCP": its length. @out as above. */
size_t tl_dns_reply_cut(struct buffer out, struct bytes message,
			const struct dns_question *q);

/**
 * tl_dns_is_reply_to() - Is it an answer to this question?
 * @answer:	from a name server
 * @id:		under which the server was asked
 */
TL_MUST_USE bool tl_dns_is_reply_to(struct bytes answer, uint16_t id,
				    const struct dns_question *q);

/* Of a message for which tl_dns_is_reply_to() is true. */
bool tl_dns_reply_is_cut(struct bytes answer);
enum dns_code tl_dns_reply_code(struct bytes answer);

/**
 * tl_dns_reply_shorten() - Leave out what does not fit, from the end
 * @answer:	for which tl_dns_is_reply_to() is true; changed
 * @q:		its question
 * @room:	most bytes of it
 *
 * Whole records are left out, and all that stand behind the answers. Of
 * addresses a part is an answer; of other types the rest is cut, and it says
 * so.
 *
 * Return: its length; 0 if it is broken.
 */
TL_MUST_USE size_t tl_dns_reply_shorten(struct buffer answer,
					const struct dns_question *q,
					size_t room);

/* The address that 1.0.0.10.in-addr.arpa and its like stand for. */
TL_MUST_USE bool tl_dns_reverse(struct rpc_addr *out, const char *name);

#endif /* TL_SOCKETS_DNS_MESSAGE_H */
