/** @file sim/channel/lineup_file.h
 * A line-up on a network of channels as people write it.
 *
 *   channels: 1
 *   network: credit
 *   priors: [halves, uniform]
 *   scales: [1, 10]
 *   routers: [flash, spider-waterfilling]
 *   amount_median: 4.8
 *   amount_p90: 1740
 *
 * Amounts are satoshi on `lightning` and the table's unit (US dollars) on `credit`.
 *
 * Errors    HST_SCENARIO with file, line, column and key; those of the table
 *           (sim/channel/table_file.h); HST_IO; HST_NO_MEMORY.
 * Memory    in the arena.
 * Threads   as the inputs.
 */
#ifndef HST_SIM_CHANNEL_LINEUP_FILE_H
#define HST_SIM_CHANNEL_LINEUP_FILE_H

#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/channel/lineup.h"

enum { HST_CHANNEL_LINEUP_SCHEMA = 1, HST_CHANNEL_LINEUP_TEXT_SIZE = 256 };

/** Which table. */
typedef enum hst_channel_net {
    HST_CHANNEL_NET_LIGHTNING, /**< channels with charges, in satoshi */
    HST_CHANNEL_NET_CREDIT     /**< credit lines without */
} hst_channel_net;

/** A line-up, read. */
typedef struct hst_channel_lineup_file {
    char title[HST_CHANNEL_LINEUP_TEXT_SIZE];    /**< may be "" */
    char question[HST_CHANNEL_LINEUP_TEXT_SIZE]; /**< may be "" */
    hst_channel_net net;                         /**< its kind of table */
    hst_channel_lineup lineup;                   /**< threads, clock, progress left to the caller */
} hst_channel_lineup_file;

/** Whether a file is one: its top map has the key `channels`. False for what cannot be read. */
bool hst_channel_lineup_is(hst_inputs *inputs, const char *root_path, hst_arena *arena);

/** Read one, and its table. */
HST_NODISCARD hst_status hst_channel_lineup_load(hst_inputs *inputs,
                                                 const char *root_path,
                                                 hst_arena *arena,
                                                 const hst_channel_lineup_file **file,
                                                 hst_error *error);

/** Its keys for docs/reference/lineup.md. */
HST_NODISCARD hst_status hst_channel_lineup_reference_page(hst_arena *arena,
                                                           const char **text,
                                                           size_t *size);

#endif
