#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# chromium.sh - Chromium loads a page with its styles, scripts, images and data,
# by SOCKS5 and by HTTP, from a server that it knows by name or by address
#
#	A: http.server :8080   <----   B: proxy   <----   chromium of the host
#	                                or chromium in B's namespace
# ctest: full
# ctest: timeout 300
# ctest: via netns
# matrix: chromium | v4 v6 | netns proxy
# matrix: chromium | no | preload seccomp | its sandbox has filters of its own and makes sockets in other processes
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../lib/node.sh"
. "$here/../lib/proxies.sh"
browser=
for name in chromium-headless-shell chromium chromium-browser; do
	! command -v $name >/dev/null 2>&1 || browser=${browser:-$name}
done
[ -n "$browser" ] || skip 'chromium is not installed'
lan
names="$ADDR_A [$ADDR6_A]"
if [ "${TL_VIA-}" = netns ]; then
	runner=run_b
	proxies=direct://
else
	runner=host
	spawn_proxy 2
	proxies="socks5://$socks http://$http"
	names="$(id_of 1).zt $names"
fi
mkdir www
cat >www/index.html <<'END'
<!DOCTYPE html>
<html><head>
<link rel="stylesheet" href="style.css">
<script src="one.js"></script>
<script src="two.js" defer></script>
</head><body>
<img src="image.svg?1"><img src="image.svg?2"><img src="image.svg?3">
<p id="result">nothing</p>
<script>
window.onload = () => {
	// Without a callback, so that the page is not looked at before.
	const request = new XMLHttpRequest();
	request.open('GET', 'data.txt', false);
	request.send();
	const style = getComputedStyle(document.getElementById('result')).color;
	const images = [...document.images].filter((i) => i.naturalWidth === 8);
	document.getElementById('result').textContent = ['loaded', one, two,
		style === 'rgb(1, 2, 3)', images.length,
		request.responseText.length].join(' ');
};
</script>
</body></html>
END
echo '#result { color: rgb(1, 2, 3) }' >www/style.css
echo 'window.one = 1;' >www/one.js
echo 'window.two = 2;' >www/two.js
echo '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>' \
	>www/image.svg
head -c 300000 /dev/zero | tr '\0' x >www/data.txt
spawn web 1 "$python" -m http.server --bind :: -d www 8080
wait_answers 2 "$ADDR_A" 8080
wait_answers 2 "$ADDR6_A" 8080
sandbox=
[ "$(id -u)" != 0 ] || sandbox=--no-sandbox

# page PROXY URL
page() {
	step "$1, $2"
	$runner "$browser" $sandbox --headless --disable-gpu \
		--disable-dev-shm-usage --disable-background-networking \
		--no-first-run --user-data-dir="$work/profile" \
		--proxy-server="$1" --timeout=30000 --dump-dom "$2" \
		>page.html 2>browser.log || fail "$browser: $?"
	grep -q '>loaded 1 2 true 3 300000<' page.html ||
		fail "the page says: $(grep result page.html | tail -n 1)"
	rm -rf profile
}

for proxy in $proxies; do
	for name in $names; do
		before=$(wc -l <web.log)
		page "$proxy" "http://$name:8080/"
		tail -n "+$((before + 1))" web.log >asked
		[ "$(grep -c '"GET .* 200' asked)" -ge 8 ] ||
			fail 'the server was not asked for all of it'
		! grep '"GET' asked | grep -v "$ADDR_B\|$ADDR6_B\|$PLANE_B" ||
			fail 'somebody else has asked'
	done
	: >page.html
	$runner "$browser" $sandbox --headless --disable-gpu --timeout=10000 \
		--user-data-dir="$work/profile" --proxy-server="$proxy" \
		--dump-dom "http://$ADDR_A:9/" >page.html 2>browser.log || :
	! grep -q '>loaded' page.html || fail 'a page came from nowhere'
done
