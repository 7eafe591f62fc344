/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_folder.h - a controller's networks as the reference's controller.d
 *
 * "network/<nwid>.json", and "network/<nwid>/member/<address>.json": the rows of
 * a store, each in a file. Read whole and written whole, by who has the store
 * for itself; what another program wrote is checked as rows of a store are.
 */
#ifndef TL_SERVICE_STORE_FOLDER_H
#define TL_SERVICE_STORE_FOLDER_H

#include "controller/store.h"
#include "service/service.h"

/**
 * struct folder_counts - What was moved
 * @foreign:	networks of another controller than @own, which is asked for
 */
struct folder_counts {
	struct address own;
	size_t networks;
	size_t members;
	size_t foreign;
};

/**
 * tl_store_folder_export() - Write all rows into files, or none
 *
 * They are filled in beside "network", which appears when all are on the disk.
 *
 * Return: 0; -EEXIST if there is a "network" that is not empty; or another
 * negative errno. One line in @error then.
 */
TL_MUST_USE int tl_store_folder_export(const char *dir,
				       const struct store *from,
				       struct folder_counts *counts,
				       char error[SERVICE_ERROR_SIZE]);

/**
 * tl_store_folder_import() - Read all files into a store, or nothing
 * @replace:	networks that are there already make room, with their members
 *
 * Return: 0; -EEXIST without @replace; -EINVAL if a file is not understood, or
 * that of a network with members is missing; -ENOENT if there is no network; or
 * another negative errno. One line in @error then, which names the file.
 */
TL_MUST_USE int tl_store_folder_import(const char *dir, const struct store *to,
				       bool replace,
				       struct folder_counts *counts,
				       char error[SERVICE_ERROR_SIZE]);

#endif /* TL_SERVICE_STORE_FOLDER_H */
