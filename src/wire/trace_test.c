/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/trace.h"

#include <string.h>

#include "harness.h"
#include "wire/dictionary.h"

static struct bytes text(const char *s)
{
	return tl_bytes_from_str(s);
}

TEST(dictionaries_follow_each_other)
{
	static const uint8_t in[] = "event=2000\0event=2001\nx=1";
	struct reader r = tl_reader(TL_BYTES_OF(in));
	struct bytes dict;

	CHECK(tl_read_trace(&r, &dict));
	CHECK_EQ(tl_trace_event(dict), TRACE_FRAME_NOT_SENT);
	CHECK(tl_read_trace(&r, &dict));
	CHECK_EQ(tl_trace_event(dict), TRACE_ACCESS_DENIED);
	CHECK_EQ(dict.n, 14);
	CHECK(!tl_read_trace(&r, &dict));
	CHECK(tl_reader_done(&r));
}

TEST(what_does_not_end_is_empty_or_too_long_is_malformed)
{
	static uint8_t room[TRACE_DICT_MAX + 2];
	struct reader r = tl_reader(text("event=2000"));
	struct bytes dict;

	CHECK(!tl_read_trace(&r, &dict));
	CHECK(!tl_reader_ok(&r));
	memset(room, 'a', sizeof(room));
	room[0] = 0;
	r = tl_reader(TL_BYTES_OF(room));
	CHECK(!tl_read_trace(&r, &dict));
	CHECK(!tl_reader_ok(&r));
	room[0] = 'a';
	room[TRACE_DICT_MAX + 1] = 0;
	r = tl_reader(TL_BYTES_OF(room));
	CHECK(!tl_read_trace(&r, &dict));
	CHECK(!tl_reader_ok(&r));
	r = tl_reader(tl_bytes(room + 1, TRACE_DICT_MAX + 1));
	CHECK(tl_read_trace(&r, &dict));
	CHECK_EQ(dict.n, TRACE_DICT_MAX);
}

TEST(events_have_names)
{
	CHECK_STR(tl_trace_event_text(TRACE_FILTER),
		  "frame judged by the rules");
	CHECK_STR(tl_trace_event_text(0x1004), "authentication failed");
	CHECK_STR(tl_trace_event_text(7), "unknown event");
	CHECK_EQ(tl_trace_event(text("event=12000")), 0);
	CHECK_EQ(tl_trace_event(text("x=y")), 0);
}

/* As a node of the reference has sent it. */
TEST(what_the_reference_says_is_printed)
{
	char out[TRACE_TEXT_MAX];

	tl_trace_print(out, text("event=2000\n"
				 "networkId=39b88e8f18196d17\n"
				 "sourceMac=0000164eeae8fa8f\n"
				 "destMac=000016a82ea6dda7\n"
				 "etherType=0000000000000800\n"
				 "vlanId=0000000000000000\n"
				 "frameLength=0000000000000080\n"
				 "reason=filter blocked"));
	CHECK_STR(out, "networkId=39b88e8f18196d17 sourceMac=164eeae8fa8f "
		       "destMac=16a82ea6dda7 etherType=800 vlanId=0 "
		       "frameLength=80 reason=filter blocked");
}

/* One in sixteen controllers has such an address. */
TEST(names_are_printed_with_all_their_digits)
{
	char out[TRACE_TEXT_MAX];

	tl_trace_print(out, text("networkId=0ea818bb3f7bb7df\n"
				 "remoteZtAddr=0000000000000001\n"
				 "credIssuedTo=00000009f2a1d073\n"
				 "sourceMac=0000000a80c8707a\n"
				 "credId=0000000000000001"));
	CHECK_STR(out, "networkId=0ea818bb3f7bb7df remoteZtAddr=0000000001 "
		       "credIssuedTo=09f2a1d073 sourceMac=000a80c8707a "
		       "credId=1");
}

TEST(blobs_are_printed_in_hexadecimal_without_zeroes_at_the_end)
{
	static uint8_t blob[512] = { 0x6a, 0xa0, 0x06, 0xaa };
	char out[TRACE_TEXT_MAX];
	uint8_t room[2000];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_dict_add(&w, "log", TL_BYTES_OF(blob));
	memset(blob, 0xff, sizeof(blob));
	tl_dict_add(&w, "data", TL_BYTES_OF(blob));
	CHECK(tl_writer_ok(&w));
	tl_trace_print(out, tl_writer_bytes(&w));
	CHECK_EQ(strncmp(out, "log=6aa006aa data=ffff", 22), 0);
	CHECK_EQ(strlen(out), 13 + 5 + 64);
}

TEST(nothing_reaches_a_terminal_as_it_came)
{
	char out[TRACE_TEXT_MAX];
	const char *at;

	tl_trace_print(out, text("a=\x1b[2J\n\x07z=1\n=2\nnokey\nb=\\n\\r\n"
				 "c=\xc3\xa4"));
	for (at = out; *at; at++)
		CHECK(*at >= ' ' && *at <= '~');
	CHECK_STR(out, "a=1b5b324a b=0a0d c=c3a4");
}

TEST(a_long_one_is_cut_at_an_entry)
{
	char out[TRACE_TEXT_MAX];
	static const char line[] = "key=some value\n";
	uint8_t in[200 * (sizeof(line) - 1)];
	unsigned int i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)line[i % (sizeof(line) - 1)];
	tl_trace_print(out, TL_BYTES_OF(in));
	CHECK(strlen(out) > TRACE_TEXT_MAX - 40);
	CHECK_STR(out + strlen(out) - 14, "key=some value");
}
