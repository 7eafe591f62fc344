/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/proto.h"

#include "harness.h"

static const struct rpc_addr v4 = { .family = 4,
				    .port = 8080,
				    .ip = { 10, 1, 2, 3 } };
static const struct rpc_addr v6 = {
	.family = 6, .ifc = 250, .port = 443, .ip = { 0xfd, [15] = 9 }
};

TEST(proto_request_survives_the_trip)
{
	uint8_t room[RPC_REQUEST_MAX];
	uint8_t opt[RPC_OPT_MAX] = { 1, [RPC_OPT_MAX - 1] = 2 };
	struct rpc_request q = { .op = RPC_SETOPT,
				 .flags = RPC_FLAG_ISOLATE,
				 .token = { 1, [15] = 16 },
				 .tag = TAG_MAGIC | TAG_DOMAIN6,
				 .value = 0xffffffff,
				 .addr = v6,
				 .level = -1,
				 .name = INT32_MIN,
				 .opt = TL_BYTES_OF(opt) };
	struct rpc_request got;
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	tl_rpc_write_request(&w, &q);
	CHECK(tl_writer_ok(&w));
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_request(&r, &got);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(got.op, q.op);
	CHECK_EQ(got.flags, q.flags);
	CHECK_MEM(got.token, q.token, sizeof(q.token));
	CHECK_EQ(got.tag, q.tag);
	CHECK_EQ(got.value, q.value);
	CHECK_EQ(got.addr.port, 443);
	CHECK_EQ(got.addr.ifc, 250);
	CHECK_MEM(got.addr.ip, v6.ip, 16);
	CHECK_EQ(got.level, -1);
	CHECK_EQ(got.name, INT32_MIN);
	CHECK(tl_bytes_equal(got.opt, q.opt));
}

TEST(proto_reply_survives_the_trip)
{
	uint8_t room[RPC_REPLY_MAX];
	struct rpc_reply p = { .status = RPC_USE_HOST,
			       .value = 7,
			       .local = v4,
			       .remote = v6,
			       .opt = tl_bytes("x", 1) };
	struct rpc_reply got;
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	tl_rpc_write_reply(&w, &p);
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_reply(&r, &got);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(got.status, RPC_USE_HOST);
	CHECK_EQ(got.local.port, 8080);
	CHECK_EQ(got.remote.family, 6);
	CHECK_EQ(got.opt.n, 1);
}

TEST(proto_records_have_their_lengths)
{
	uint8_t room[64];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct rpc_accept a = { ACCEPT_HOST, v4, v6 };
	struct rpc_datagram d = { .kind = DATAGRAM_ERROR,
				  .ttl = 1,
				  .tos = 2,
				  .error = 3,
				  .peer = v4,
				  .local = v6 };
	struct rpc_accept a2;
	struct rpc_datagram d2;
	struct reader r;

	tl_rpc_write_accept(&w, &a);
	CHECK_EQ(w.n, RPC_ACCEPT_LEN);
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_accept(&r, &a2);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(a2.kind, ACCEPT_HOST);
	CHECK_EQ(a2.remote.port, 443);

	w = tl_writer(TL_BUFFER_OF(room));
	tl_rpc_write_datagram(&w, &d);
	CHECK_EQ(w.n, RPC_DATAGRAM_LEN);
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_datagram(&r, &d2);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(d2.kind, DATAGRAM_ERROR);
	CHECK_EQ(d2.ttl, 1);
	CHECK_EQ(d2.tos, 2);
	CHECK_EQ(d2.error, 3);
	CHECK_EQ(d2.peer.port, 8080);
	CHECK_EQ(d2.local.family, 6);
}

/* @at: a byte to be changed to @to before the request is read. */
static bool reads(size_t at, uint8_t to, size_t cut)
{
	uint8_t room[RPC_REQUEST_MAX];
	struct rpc_request q = { .op = RPC_BIND, .addr = v4 };
	struct rpc_request got;
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	tl_rpc_write_request(&w, &q);
	room[at] = to;
	r = tl_reader(tl_bytes(room, w.n - cut));
	tl_rpc_read_request(&r, &got);
	return tl_reader_done(&r);
}

TEST(proto_nonsense_is_malformed)
{
	CHECK(reads(0, 0, 0));
	CHECK(!reads(1, 0, 0)); /* op */
	CHECK(!reads(1, RPC_OP_COUNT, 0));
	CHECK(!reads(28, 5, 0)); /* family */
	CHECK(!reads(57, 1, 0)); /* a longer option than there is */
	CHECK(!reads(56, 2, 0)); /* than may be */
	CHECK(!reads(0, 0, 1));
}

TEST(proto_option_too_long_fails_the_writer)
{
	uint8_t room[RPC_REQUEST_MAX];
	uint8_t opt[RPC_OPT_MAX + 1] = { 0 };
	struct rpc_request q = { .op = RPC_SETOPT, .opt = TL_BYTES_OF(opt) };
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_write_request(&w, &q);
	CHECK(!tl_writer_ok(&w));
}

static const struct rpc_interface zt7 = {
	.name = "zt7",
	.number = 8,
	.mac = { 2, 1, 2, 3, 4, 5 },
	.mtu = 2800,
	.network = 0x8056c2e21c000001,
	.n_total = 30,
	.n = 2,
	.prefixes = { { 4, 24, { 10, 1, 2, 3 } }, { 6, 88, { 0xfd } } },
};

TEST(proto_interface_survives_the_trip)
{
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct rpc_interface got;
	struct reader r;

	tl_rpc_write_interface(&w, &zt7);
	CHECK_EQ(w.n, RPC_INTERFACE_LEN + 2 * RPC_PREFIX_LEN);
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_interface(&r, &got);
	CHECK(tl_reader_done(&r));
	CHECK_STR(got.name, "zt7");
	CHECK_EQ(got.number, 8);
	CHECK_MEM(got.mac, zt7.mac, 6);
	CHECK_EQ(got.mtu, 2800);
	CHECK_EQ(got.network, zt7.network);
	CHECK_EQ(got.n_total, 30);
	CHECK_EQ(got.n, 2);
	CHECK_EQ(got.prefixes[1].family, 6);
	CHECK_EQ(got.prefixes[1].bits, 88);
	CHECK_EQ(got.prefixes[1].ip[0], 0xfd);
}

static bool interface_reads(struct rpc_interface i, size_t cut)
{
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct rpc_interface got;
	struct reader r;

	tl_rpc_write_interface(&w, &i);
	r = tl_reader(tl_bytes(room, w.n - cut));
	tl_rpc_read_interface(&r, &got);
	return tl_reader_done(&r);
}

TEST(proto_interface_must_make_sense)
{
	struct rpc_interface i = zt7;
	size_t cut;

	CHECK(interface_reads(zt7, 0));
	for (cut = 1; cut <= RPC_INTERFACE_LEN + 2 * RPC_PREFIX_LEN; cut++)
		CHECK(!interface_reads(zt7, cut));
	i.name[0] = 0;
	CHECK(!interface_reads(i, 0));
	i = zt7;
	memset(i.name, 'x', sizeof(i.name));
	CHECK(!interface_reads(i, 0));
	i = zt7;
	i.number = 0;
	CHECK(!interface_reads(i, 0));
	i = zt7;
	i.n_total = 1;
	CHECK(!interface_reads(i, 0));
	i = zt7;
	i.prefixes[0].bits = 33;
	CHECK(!interface_reads(i, 0));
	i.prefixes[0].bits = 32;
	i.prefixes[1].family = 5;
	CHECK(!interface_reads(i, 0));
}

static const struct rpc_queued_error queued = {
	.error = 111,
	.info = 1400,
	.origin = 2,
	.type = 3,
	.code = 4,
	.ttl = 61,
	.offender = { .family = 4, .ip = { 10, 0, 0, 9 } },
	.dest = { .family = 6, .port = 99, .ip = { 0xfd } },
};

static bool queued_reads(struct rpc_queued_error e, size_t cut,
			 struct rpc_queued_error *got)
{
	static uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	tl_rpc_write_queued_error(&w, &e);
	CHECK(tl_writer_ok(&w));
	r = tl_reader(tl_bytes(room, w.n - cut));
	tl_rpc_read_queued_error(&r, got);
	return tl_reader_done(&r);
}

TEST(proto_queued_error_survives_the_trip)
{
	struct rpc_queued_error e = queued;
	uint8_t payload[RPC_QUEUED_PAYLOAD_MAX] = { 7, [203] = 9 };
	struct rpc_queued_error got;

	e.payload = TL_BYTES_OF(payload);
	CHECK(queued_reads(e, 0, &got));
	CHECK_EQ(got.error, 111);
	CHECK_EQ(got.info, 1400);
	CHECK_EQ(got.origin, 2);
	CHECK_EQ(got.type, 3);
	CHECK_EQ(got.code, 4);
	CHECK_EQ(got.ttl, 61);
	CHECK_EQ(got.offender.ip[3], 9);
	CHECK_EQ(got.dest.port, 99);
	CHECK_EQ(got.payload.n, sizeof(payload));
	CHECK_MEM(got.payload.at, payload, sizeof(payload));
}

TEST(proto_queued_error_must_make_sense)
{
	struct rpc_queued_error e = queued;
	struct rpc_queued_error got;

	CHECK(queued_reads(e, 0, &got));
	for (size_t cut = 1; cut <= RPC_QUEUED_ERROR_LEN; cut++)
		CHECK(!queued_reads(e, cut, &got));
	e.error = 0;
	CHECK(!queued_reads(e, 0, &got));
	e.error = 0x80000000;
	CHECK(!queued_reads(e, 0, &got));
	e = queued;
	e.dest.family = 0;
	CHECK(!queued_reads(e, 0, &got));
}
