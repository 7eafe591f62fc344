/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chaos.h - an hour of faults, and whether all is well afterwards
 *
 * A few nodes behind NATs of all kinds suffer whatever the seed says: bursts of
 * loss, partitions, restarts, power cuts, changes of address, stalls, NATs that
 * are switched off and on, bad wires. After fifty minutes the faults end. Then
 * all pairs of members must reach each other within CHAOS_BOUND_MS, nothing may
 * be left over, and no table may have grown beyond what there is to know.
 */
#ifndef TL_TEST_CHAOS_H
#define TL_TEST_CHAOS_H

#include <stdint.h>
#include <stdio.h>

#define CHAOS_BOUND_MS 60000

/**
 * chaos_run() - One hour
 * @log:	told of each fault, or NULL
 *
 * Fails the test if something is not well. Return: how long it took until all
 * pairs reached each other, in virtual milliseconds.
 */
int64_t chaos_run(uint64_t seed, FILE *log);

#endif /* TL_TEST_CHAOS_H */
