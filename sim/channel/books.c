#include "sim/channel/books.h"

#include "core/base/random.h"
#include "core/ledger/block.h"

#include "sim/base/purpose.h"

#include <string.h>

enum { CODE = 1, BATCH = 1024, LOG_MAX = 2048 };

/** Keep the unsealed log short. */
static hst_status seal_when_long(hst_ledger *ledger)
{
    hst_block_header header;
    if (hst_ledger_count(ledger).unsealed < LOG_MAX) {
        return HST_OK;
    }
    return hst_ledger_seal(ledger, &header);
}

static hst_status
open_accounts(const hst_channel_table *table, const int64_t *shares, hst_ledger *ledger)
{
    hst_account_open requests[BATCH];
    hst_outcome outcomes[BATCH];
    memset(requests, 0, sizeof requests);
    for (uint32_t first = 0; first < 2 * table->count; first += BATCH) {
        const uint32_t rest = 2 * table->count - first;
        const uint32_t count = rest < BATCH ? rest : (uint32_t)BATCH;
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t edge = first + i;
            const int64_t share = shares[edge >> 1];
            const int64_t own =
                (edge & 1) == 0 ? share : table->channels[edge >> 1].capacity_msat - share;
            requests[i] = (hst_account_open){
                .id = {.low = (uint64_t)edge + 1},
                .code = CODE,
                .credit_limit_minor = table->credit ? own : 0,
                .flags = HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS,
            };
        }
        HST_TRY(hst_ledger_open_accounts(ledger, requests, count, outcomes));
        HST_TRY(seal_when_long(ledger));
    }
    hst_outcome outcome;
    const hst_account_open source = {.id = {.low = 2 * (uint64_t)table->count + 1}, .code = CODE};
    return hst_ledger_open(ledger, &source, &outcome);
}

static hst_status fund(const hst_channel_table *table, const int64_t *shares, hst_ledger *ledger)
{
    hst_compact events[BATCH];
    hst_outcome outcomes[BATCH];
    for (uint32_t first = 0; first < 2 * table->count; first += BATCH) {
        const uint32_t rest = 2 * table->count - first;
        const uint32_t count = rest < BATCH ? rest : (uint32_t)BATCH;
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t edge = first + i;
            const int64_t share = shares[edge >> 1];
            const int64_t own =
                (edge & 1) == 0 ? share : table->channels[edge >> 1].capacity_msat - share;
            events[i] = (hst_compact){.amount_minor = (uint64_t)own,
                                      .debit = 2 * table->count,
                                      .credit = edge,
                                      .code = CODE};
        }
        HST_TRY(hst_ledger_execute_compact(ledger, events, count, outcomes));
        for (uint32_t i = 0; i < count; i++) {
            hst_assert(outcomes[i].result == HST_LEDGER_CREATED);
        }
        HST_TRY(seal_when_long(ledger));
    }
    return HST_OK;
}

static hst_ledger_config configure(const hst_channel_table *table)
{
    hst_ledger_config config = hst_ledger_config_default(2 * table->count + 1, 1);
    config.keep_log = false;
    config.idempotent = false;
    return config;
}

hst_status hst_channel_books_open(const hst_channel_table *table,
                                  const int64_t *shares,
                                  hst_memory memory,
                                  hst_ledger **ledger)
{
    const hst_ledger_config config = configure(table);
    hst_ledger *made = NULL;
    HST_TRY(hst_ledger_create(&config, memory, &made));
    hst_status status = open_accounts(table, shares, made);
    if (status == HST_OK && !table->credit) {
        status = fund(table, shares, made);
    }
    if (status != HST_OK) {
        hst_ledger_destroy(made);
        return status;
    }
    *ledger = made;
    return HST_OK;
}

hst_status
hst_channel_books_begin(const hst_channel_table *table, hst_memory memory, hst_ledger **ledger)
{
    hst_outcome outcome;
    const hst_ledger_config config = configure(table);
    const hst_account_open source = {.id = {.low = 2 * (uint64_t)table->count + 1}, .code = CODE};
    hst_ledger *made = NULL;
    HST_TRY(hst_ledger_create(&config, memory, &made));
    const hst_status status = hst_ledger_open(made, &source, &outcome);
    if (status != HST_OK) {
        hst_ledger_destroy(made);
        return status;
    }
    *ledger = made;
    return HST_OK;
}

hst_status hst_channel_books_add(const hst_channel_table *table,
                                 uint32_t channel,
                                 hst_ledger *ledger,
                                 uint32_t *account)
{
    hst_account_open requests[2];
    hst_compact events[2];
    hst_outcome outcomes[2];
    memset(requests, 0, sizeof requests);
    for (uint32_t s = 0; s < 2; s++) {
        requests[s].id.low = 2 * (uint64_t)channel + s + 1;
        requests[s].code = CODE;
        requests[s].flags = HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS;
    }
    HST_TRY(seal_when_long(ledger));
    HST_TRY(hst_ledger_open_accounts(ledger, requests, 2, outcomes));
    *account = outcomes[0].handle;
    for (uint32_t s = 0; s < 2; s++) {
        events[s] =
            (hst_compact){.amount_minor = (uint64_t)table->channels[channel].side[s].given_msat,
                          .debit = 0,
                          .credit = *account + s,
                          .code = CODE};
    }
    HST_TRY(hst_ledger_execute_compact(ledger, events, 2, outcomes));
    return outcomes[0].result == HST_LEDGER_CREATED && outcomes[1].result == HST_LEDGER_CREATED
               ? HST_OK
               : HST_CORRUPT;
}

/** A refusal that no caller of ours should meet, as a status. */
static hst_status unexpected(hst_status status)
{
    return status == HST_REFUSED ? HST_CORRUPT : status;
}

hst_status hst_channel_lock(hst_ledger *ledger,
                            uint32_t account,
                            uint32_t back,
                            int64_t amount_msat,
                            int64_t expires_ns,
                            const hst_hash *condition,
                            uint32_t *escrow)
{
    hst_outcome outcome;
    const hst_escrow_lock lock = {.amount_minor = (uint64_t)amount_msat,
                                  .debit = account,
                                  .credit = back,
                                  .cancel_after_ns = expires_ns,
                                  .condition = *condition,
                                  .code = CODE};
    HST_TRY(seal_when_long(ledger));
    const hst_status status = hst_ledger_escrow_lock(ledger, &lock, &outcome);
    if (status == HST_REFUSED && outcome.result == HST_LEDGER_EXCEEDS_CREDITS) {
        return HST_REFUSED;
    }
    *escrow = outcome.handle;
    return unexpected(status);
}

hst_status hst_channel_claim(hst_ledger *ledger, uint32_t escrow, const hst_preimage *secret)
{
    hst_outcome outcome;
    return unexpected(hst_ledger_escrow_finish(ledger, escrow, secret, &outcome));
}

hst_status hst_channel_undo(hst_ledger *ledger, uint32_t escrow)
{
    hst_outcome outcome;
    return unexpected(hst_ledger_escrow_reject(ledger, escrow, &outcome));
}

hst_preimage hst_channel_secret(uint64_t seed, uint64_t payment)
{
    hst_preimage secret;
    hst_random random = hst_random_stream(seed, 1, payment, HST_PURPOSE_LIQUIDITY);
    for (unsigned i = 0; i < HST_PREIMAGE_SIZE / 8; i++) {
        const uint64_t word = hst_random_u64(&random);
        for (unsigned b = 0; b < 8; b++) {
            secret.bytes[8 * i + b] = (unsigned char)(word >> (8 * b));
        }
    }
    return secret;
}
