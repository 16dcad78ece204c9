/** @file sim/cli/commands.h
 * The functions and option tables of the commands, one file each.
 */
#ifndef HST_SIM_CLI_COMMANDS_H
#define HST_SIM_CLI_COMMANDS_H

#include "sim/cli/cli.h"

#include <stdint.h>

/** Options of `run`. */
extern const hst_option hst_run_options[];
/** Options of `sweep`. */
extern const hst_option hst_sweep_options_table[];
/** Options of `verify`. */
extern const hst_option hst_verify_options[];
/** Options of `inspect`. */
extern const hst_option hst_inspect_options[];
/** Options of `scenarios`. */
extern const hst_option hst_scenarios_options[];
/** Options of `report`. */
extern const hst_option hst_report_options[];
/** Options of `bench`. */
extern const hst_option hst_bench_options[];
/** Options of `consensus`. */
extern const hst_option hst_consensus_options[];
/** Options of `lineup`. */
extern const hst_option hst_lineup_options[];
/** Options of `channels`. */
extern const hst_option hst_channels_options[];
/** Options of `forecast`. */
extern const hst_option hst_forecast_options[];
/** Options of `compare`. */
extern const hst_option hst_compare_command_options[];
/** Options of `calibrate`. */
extern const hst_option hst_calibrate_options_table[];
/** Options of `help`. */
extern const hst_option hst_help_options[];

/** `herstatt run` */
hst_exit hst_command_run(const hst_arguments *arguments);
/** `herstatt sweep` */
hst_exit hst_command_sweep(const hst_arguments *arguments);
/** `herstatt verify` */
hst_exit hst_command_verify(const hst_arguments *arguments);
/** `herstatt inspect` */
hst_exit hst_command_inspect(const hst_arguments *arguments);
/** `herstatt scenarios` */
hst_exit hst_command_scenarios(const hst_arguments *arguments);
/** `herstatt report` */
hst_exit hst_command_report(const hst_arguments *arguments);
/** `herstatt bench` */
hst_exit hst_command_bench(const hst_arguments *arguments);
/** What `herstatt bench --chaos` was asked for. */
typedef struct hst_chaos_plan {
    long seconds;      /**< wall time */
    long storms;       /**< most storms of each protocol */
    long seed;         /**< of the first storm */
    long beyond;       /**< faults at a time above what is tolerated */
    uint64_t left_out; /**< faults of every storm that do not happen, a bit each */
    bool json;         /**< print one JSON object */
} hst_chaos_plan;

/** `herstatt bench --chaos`; operands name protocols */
hst_exit hst_bench_chaos(const hst_arguments *arguments, const hst_chaos_plan *plan);
/** `herstatt bench --calibrate`: write the table of costs to `path` */
hst_exit hst_bench_calibrate(const char *path);
/** `herstatt consensus` */
hst_exit hst_command_consensus(const hst_arguments *arguments);
/** Options of `lineup` for a line-up on a network of channels. */
typedef struct hst_lineup_wishes {
    const char *path; /**< the file */
    long seeds;       /**< 0 = as the file says */
    long payments;    /**< 0 = as the file says */
    long threads;     /**< 0 = all processors */
    bool json;        /**< one object in place of the tables */
    bool progress;    /**< show it in any case */
} hst_lineup_wishes;

/** `herstatt lineup` on a network of channels; not done, and false, when the file is none. `files`:
 * some are to be written, which is refused. */
bool hst_lineup_on_channels(const hst_lineup_wishes *wishes, bool files, hst_exit *answer);
/** `herstatt lineup` */
hst_exit hst_command_lineup(const hst_arguments *arguments);
/** `herstatt channels` */
hst_exit hst_command_channels(const hst_arguments *arguments);
/** `herstatt forecast` */
hst_exit hst_command_forecast(const hst_arguments *arguments);
/** `herstatt compare` */
hst_exit hst_command_compare(const hst_arguments *arguments);
/** `herstatt calibrate` */
hst_exit hst_command_calibrate(const hst_arguments *arguments);
/** `herstatt help` */
hst_exit hst_command_help(const hst_arguments *arguments);

#endif
