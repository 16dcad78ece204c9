/* Every protocol of the program. To add one: its folder, its header's line here, its entry below
 * (docs/how-to/add-a-protocol.md). */
#include "core/consensus/consensus.h"
#include "core/consensus/gasper/gasper.h"
#include "core/consensus/hotstuff/hotstuff.h"
#include "core/consensus/jolteon/jolteon.h"
#include "core/consensus/mysticeti/mysticeti.h"
#include "core/consensus/nakamoto/nakamoto.h"
#include "core/consensus/pbft/pbft.h"
#include "core/consensus/raft/raft.h"
#include "core/consensus/rtgs/rtgs.h"
#include "core/consensus/scp/scp.h"
#include "core/consensus/tendermint/tendermint.h"
#include "core/consensus/xrpl/xrpl.h"

#include <string.h>

static const hst_consensus_protocol *const protocols[] = {
    &hst_protocol_rtgs,       &hst_protocol_raft,     &hst_protocol_pbft,
    &hst_protocol_tendermint, &hst_protocol_hotstuff, &hst_protocol_jolteon,
    &hst_protocol_mysticeti,  &hst_protocol_xrpl,     &hst_protocol_scp,
    &hst_protocol_nakamoto,   &hst_protocol_gasper,
};

const hst_consensus_protocol *const *hst_consensus_protocols(size_t *count)
{
    hst_assert(count != NULL);
    *count = sizeof protocols / sizeof protocols[0];
    return protocols;
}

const hst_consensus_protocol *hst_consensus_find(const char *name)
{
    hst_assert(name != NULL);
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (strcmp(protocols[i]->name, name) == 0) {
            return protocols[i];
        }
    }
    return NULL;
}

hst_status hst_consensus_check(const hst_consensus_protocol *protocol,
                               const hst_consensus_config *config)
{
    hst_assert(protocol != NULL && config != NULL && config->membership != NULL);
    if (config->membership->count == 0 || config->self >= config->membership->count) {
        return HST_INVALID;
    }
    for (uint32_t p = 0; p < protocol->parameter_count; p++) {
        const int64_t value = hst_consensus_parameter_value(protocol, config, p);
        if (value < protocol->parameters[p].minimum || value > protocol->parameters[p].maximum) {
            return HST_INVALID;
        }
    }
    return HST_OK;
}
