/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metrics_text.h"

#include <stdlib.h>

#include "harness.h"

static void check_text(struct metrics_text *t, const char *want)
{
	CHECK(!t->failed);
	CHECK_EQ(t->n, strlen(want));
	CHECK_STR(t->at, want);
	free(t->at);
}

TEST(metrics_text_has_a_head_for_each_family)
{
	struct metrics_text t = { 0 };

	tl_metrics_family(&t, "a_total", "counter", "What a is");
	tl_metrics_uint(&t, NULL, UINT64_MAX);
	tl_metrics_family(&t, "b", "gauge", "What b is");
	tl_metrics_int(&t, "x=\"1\",y=\"2\"", -3);
	tl_metrics_milli(&t, "x=\"2\"", -1);
	tl_metrics_milli(&t, NULL, 1234567);
	check_text(&t, "# HELP a_total What a is\n# TYPE a_total counter\n"
		       "a_total 18446744073709551615\n"
		       "# HELP b What b is\n# TYPE b gauge\n"
		       "b{x=\"1\",y=\"2\"} -3\n"
		       "b{x=\"2\"} -0.001\n"
		       "b 1234.567\n");
}

TEST(metrics_text_adds_up_the_buckets_of_a_histogram)
{
	static const char *const ends[] = { "1", "10" };
	static const uint64_t counts[] = { 2, 0, 5 };
	const struct metrics_histogram h = { ends, counts, 3, "77.5" };
	struct metrics_text t = { 0 };

	tl_metrics_family(&t, "h", "histogram", "H");
	tl_metrics_histogram(&t, NULL, &h);
	tl_metrics_histogram(&t, "n=\"1\"", &h);
	check_text(&t, "# HELP h H\n# TYPE h histogram\n"
		       "h_bucket{le=\"1\"} 2\nh_bucket{le=\"10\"} 2\n"
		       "h_bucket{le=\"+Inf\"} 7\nh_sum 77.5\nh_count 7\n"
		       "h_bucket{n=\"1\",le=\"1\"} 2\n"
		       "h_bucket{n=\"1\",le=\"10\"} 2\n"
		       "h_bucket{n=\"1\",le=\"+Inf\"} 7\n"
		       "h_sum{n=\"1\"} 77.5\nh_count{n=\"1\"} 7\n");
}

TEST(metrics_text_grows_to_its_limit_and_fails_then)
{
	struct metrics_text t = { 0 };
	size_t i;

	tl_metrics_family(&t, "a", "gauge", "A");
	for (i = 0; !t.failed; i++) {
		CHECK(i < METRICS_TEXT_MAX);
		tl_metrics_int(&t, "some_label=\"with a value\"", 1);
	}
	CHECK(t.n > METRICS_TEXT_MAX / 2 - 100);
	CHECK(t.n < METRICS_TEXT_MAX);
	CHECK_EQ(t.at[t.n], 0);
	free(t.at);
}
