# SPDX-License-Identifier: Apache-2.0
#
# Prints C source as FILE:LINE:TEXT with comments and the insides of string and
# character constants taken out. Greps for forbidden calls read this, so that a
# comment may name what the code must not do. A comment that starts with
# "allow" stays, as `allow NAME`: it is the inline suppression of one check.
FNR == 1 { inside = 0 }
{
	rest = $0
	out = ""
	while (length(rest)) {
		two = substr(rest, 1, 2)
		one = substr(rest, 1, 1)
		if (inside) {
			at = index(rest, "*/")
			if (!at)
				break
			rest = substr(rest, at + 2)
			inside = 0
		} else if (two == "/*") {
			if (match(rest, /^\/\* allow [a-z_]+/))
				out = out " " substr(rest, 4, RLENGTH - 3)
			inside = 1
			rest = substr(rest, 3)
		} else if (two == "//") {
			break
		} else if (one == "\"") {
			if (!match(rest, /^"([^"\\]|\\.)*"/))
				break
			out = out "\"\""
			rest = substr(rest, RLENGTH + 1)
		} else if (one == "'") {
			if (!match(rest, /^'([^'\\]|\\.)*'/))
				break
			out = out "' '"
			rest = substr(rest, RLENGTH + 1)
		} else {
			out = out one
			rest = substr(rest, 2)
		}
	}
	print FILENAME ":" FNR ":" out
}
