#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A thousand hours of faults, each of another seed, in virtual time (chaos.h):
#
#	2 roots, a controller, 9 members behind NATs of all kinds
#
# ctest: full
# ctest: timeout 3600
set -eu

"$TAPLESS_BUILD/test/chaos" 1000
