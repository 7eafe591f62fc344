/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "harness.h"

static unsigned int n_lines;
static char last[2048];
static enum log_level last_level;

static void sink(void *ctx, enum log_level level, const char *line)
{
	CHECK(ctx == &n_lines);
	n_lines++;
	last_level = level;
	snprintf(last, sizeof(last), "%s", line);
}

static int evaluated(int *count)
{
	return ++*count;
}

TEST(lines_reach_the_sink_up_to_the_level)
{
	tl_log_set_sink(sink, &n_lines, TL_LOG_WARN);
	tl_err("cannot open %s", "it");
	CHECK_EQ(n_lines, 1);
	CHECK_STR(last, "cannot open it");
	CHECK_EQ(last_level, TL_LOG_ERR);
	tl_warn("two");
	tl_info("not this");
	CHECK_EQ(n_lines, 2);
	CHECK_EQ(last_level, TL_LOG_WARN);
}

TEST(arguments_below_the_level_are_not_evaluated)
{
	int count = 0;

	tl_log_set_sink(sink, &n_lines, TL_LOG_INFO);
	tl_dbg("%d", evaluated(&count));
	tl_trace("%d", evaluated(&count));
	CHECK_EQ(count, 0);
	tl_log_set_sink(sink, &n_lines, TL_LOG_DBG);
	tl_dbg("%d", evaluated(&count));
	tl_trace("%d", evaluated(&count));
	CHECK_EQ(count, 1);
	CHECK_EQ(n_lines, 1);
}

TEST(without_a_sink_lines_vanish)
{
	tl_log_set_sink(NULL, NULL, TL_LOG_TRACE);
	tl_err("nobody hears this");
	CHECK_EQ(n_lines, 0);
}

TEST(long_lines_are_cut)
{
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tl_log_set_sink(sink, &n_lines, TL_LOG_INFO);
	tl_info("%s", text);
	CHECK_EQ(n_lines, 1);
	CHECK_EQ(strlen(last), 1023);
}

TEST(limit_lets_one_message_pass_in_a_period)
{
	struct log_limit limit = { 0 };

	CHECK(tl_log_allowed(&limit, 1000, 5000));
	CHECK(!tl_log_allowed(&limit, 1000, 5000));
	CHECK(!tl_log_allowed(&limit, 1000, 5999));
	CHECK_EQ(limit.suppressed, 2);
	CHECK(tl_log_allowed(&limit, 1000, 6000));
	CHECK_EQ(limit.suppressed, 0);
}

TEST(levels_have_names)
{
	CHECK_STR(tl_log_level_name(TL_LOG_ERR), "error");
	CHECK_STR(tl_log_level_name(TL_LOG_TRACE), "trace");
}

TEST(a_threads_own_sink_comes_before_the_processs)
{
	static unsigned int other;
	const struct log_sink own = { sink, &n_lines, TL_LOG_DBG };
	const struct log_sink silent = { NULL, NULL, TL_LOG_INFO };

	tl_log_set_sink(sink, &other, TL_LOG_WARN);
	CHECK(!tl_log_own());
	tl_log_use(&own);
	CHECK(tl_log_own() == &own);
	CHECK_EQ(tl_log_level(), TL_LOG_DBG);
	tl_dbg("one");
	CHECK_EQ(n_lines, 1);
	tl_log_use(&silent);
	tl_err("nobody hears this");
	CHECK_EQ(n_lines, 1);
	tl_log_use(NULL);
	CHECK_EQ(tl_log_level(), TL_LOG_WARN);
}
