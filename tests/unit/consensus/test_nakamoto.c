/* Proof of work: relay, forks, difficulty, depth, and a pool that withholds its blocks. */
#include "core/consensus/nakamoto/nakamoto.h"

#include "core/consensus/nakamoto/internal.h"

#include "tests/unit/consensus/support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a quick chain: one second a block --------------------------------------------------------
 */

static const int64_t quick[HST_NAKAMOTO_PARAMETERS] = {
    [HST_NAKAMOTO_INTERVAL] = 1000 * MS,     [HST_NAKAMOTO_RETARGET] = 2016,
    [HST_NAKAMOTO_DIFFICULTY] = 1000000,     [HST_NAKAMOTO_CONFIRMATIONS] = 6,
    [HST_NAKAMOTO_FINAL_DEPTH] = 60,         [HST_NAKAMOTO_RELAY] = HST_NAKAMOTO_ANNOUNCE,
    [HST_NAKAMOTO_COMPACT_MISS] = 0,         [HST_NAKAMOTO_WINDOW] = 128,
    [HST_NAKAMOTO_REQUEST] = 500 * MS,       [HST_NAKAMOTO_AHEAD] = INT64_C(7200000) * MS,
    [HST_NAKAMOTO_STORE] = 1,
};

static const hst_consensus_config *quicker(const hst_consensus_config *config,
                                           hst_consensus_config *copy)
{
    *copy = *config;
    copy->parameters = config->parameters != NULL ? config->parameters : quick;
    return copy;
}

static size_t quick_size(const hst_consensus_config *config)
{
    hst_consensus_config copy;
    return hst_protocol_nakamoto.state_size(quicker(config, &copy));
}

static hst_status quick_init(void *state, const hst_consensus_config *config)
{
    hst_consensus_config copy;
    return hst_protocol_nakamoto.init(state, quicker(config, &copy));
}

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    hst_consensus_protocol protocol = hst_protocol_nakamoto;
    protocol.state_size = quick_size;
    protocol.init = quick_init;
    test_contract(&protocol, 4, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
