/* SPDX-License-Identifier: Apache-2.0 */
#include "portmap/igd.h"

#include <errno.h>

#include "harness.h"

static const struct way_request request = {
	.local = { 4, 4444, { 192, 168, 7, 5 } },
	.bits = 24,
	.gateway = { 4, 0, { 10, 0, 0, 1 } },
};

static bool is_near(const char *url)
{
	return tl_igd_url_is_near(url, &request);
}

TEST(igd_on_the_link_may_be_asked)
{
	CHECK(is_near("http://192.168.7.1:5000/rootDesc.xml"));
	CHECK(is_near("http://192.168.7.254/"));
	CHECK(is_near("http://192.168.7.1"));
	CHECK(is_near("http://10.0.0.1:80/x"));
}

TEST(igd_elsewhere_is_not_asked)
{
	CHECK(!is_near("http://192.168.8.1:5000/rootDesc.xml"));
	CHECK(!is_near("http://10.0.0.2/"));
	CHECK(!is_near("http://127.0.0.1/"));
	CHECK(!is_near("http://example.org/"));
	CHECK(!is_near("http://192.168.7.1.example.org/"));
	CHECK(!is_near("http://192.168.7.1@example.org/"));
	CHECK(!is_near("https://192.168.7.1/"));
	CHECK(!is_near("http://[fe80::1]/"));
	CHECK(!is_near("http://3232237313/"));
	CHECK(!is_near("http:///x"));
	CHECK(!is_near("ftp://192.168.7.1/"));
	CHECK(!is_near(""));
	CHECK(!is_near("http://1111111111111111111111111111111111111111111111"
		       "111111111111111111111111111111/"));
}

TEST(igd_that_maps_nothing_has_nothing_to_release)
{
	struct igd g;

	tl_igd_init(&g, &request);
	CHECK_EQ(tl_igd_release(&g), 0);
	CHECK(tl_igd_why(-ENOENT)[0]);
	CHECK(tl_igd_why(12345)[0]);
}
