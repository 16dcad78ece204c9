/** @file sim/cli/consensus_settings.h
 * Parameters of protocols from the command line: --parameter NAME=N.
 *
 * Errors    said on the standard error stream, in the words of the option.
 * Threads   plain values.
 */
#ifndef HST_SIM_CLI_CONSENSUS_SETTINGS_H
#define HST_SIM_CLI_CONSENSUS_SETTINGS_H

#include "core/consensus/consensus.h"

#include "sim/cli/cli.h"

/** Most settings of one command. */
enum { HST_CONSENSUS_SETTINGS_MAX = 16 };

/** Parameters that are not as usual, where a protocol has them. */
typedef struct hst_consensus_settings {
    struct {
        char name[48];                  /**< of the parameter */
        int64_t value;                  /**< in its unit */
    } list[HST_CONSENSUS_SETTINGS_MAX]; /**< in the order given; a later one counts */
    size_t count;                       /**< how many */
} hst_consensus_settings;

/** Read them; false, with a complaint, when one is not NAME=N, no protocol of `protocols` has it,
 * or it is outside the range of one that has. */
bool hst_consensus_settings_read(const hst_option_value *given,
                                 const hst_consensus_protocol *const *protocols,
                                 size_t protocol_count,
                                 hst_consensus_settings *settings);

/** All parameters of a protocol under the settings, in its order, to be freed; NULL without memory.
 */
int64_t *hst_consensus_settings_of(const hst_consensus_settings *settings,
                                   const hst_consensus_protocol *protocol);

#endif
