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
#include "sim/run/studies.h"

/** Read them; false, with a complaint, when one is not NAME=N, no protocol of `protocols` has it,
 * or it is outside the range of one that has. */
bool hst_consensus_settings_read(const hst_option_value *given,
                                 const hst_consensus_protocol *const *protocols,
                                 size_t protocol_count,
                                 hst_studies *studies);

#endif
