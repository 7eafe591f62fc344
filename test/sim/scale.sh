#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Thousands of nodes on one network, in one process and in virtual time: they
# join, talk to random others, lose roots and move (see scale.h for the bounds):
#
#	3 roots, a controller, 300 to 5,000 members, 5 partners each
#
# ctest: full
# ctest: timeout 1800
set -eu

"$TAPLESS_BUILD/test/scale" -v 300 1000 5000
