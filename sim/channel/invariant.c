#include "sim/channel/invariant.h"

__extension__ typedef __int128 i128;

/** Free money of an account, which may be below zero when something is wrong. */
static i128 free_of(const hst_account *account)
{
    return (i128)account->credits_posted_minor + account->credit_limit_minor -
           (i128)account->debits_posted_minor - (i128)account->debits_pending_minor;
}

int64_t hst_channel_locked_msat(const hst_ledger *ledger, uint32_t channel)
{
    hst_account there;
    hst_account back;
    hst_ledger_account(ledger, 2 * channel, &there);
    hst_ledger_account(ledger, 2 * channel + 1, &back);
    return (int64_t)(there.debits_pending_minor + back.debits_pending_minor);
}

bool hst_channel_conserves(const hst_channel_table *table,
                           const hst_ledger *ledger,
                           uint32_t channel,
                           uint32_t account)
{
    hst_account there;
    hst_account back;
    hst_ledger_account(ledger, account, &there);
    hst_ledger_account(ledger, account + 1, &back);
    const i128 locked = (i128)there.debits_pending_minor + (i128)back.debits_pending_minor;
    return free_of(&there) >= 0 && free_of(&back) >= 0 &&
           free_of(&there) + free_of(&back) + locked == table->channels[channel].capacity_msat;
}

hst_status hst_channel_check(const hst_channel_table *table,
                             const hst_ledger *ledger,
                             const uint32_t *accounts,
                             uint32_t *channel)
{
    i128 pending = 0;
    i128 posted = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        const uint32_t account = accounts != NULL ? accounts[i] : 2 * i;
        *channel = i;
        if ((accounts == NULL || account != 0) &&
            !hst_channel_conserves(table, ledger, i, account)) {
            return HST_CORRUPT;
        }
    }
    for (uint32_t i = 0; i < hst_ledger_account_count(ledger); i++) {
        hst_account account;
        hst_ledger_account(ledger, i, &account);
        pending += (i128)account.debits_pending_minor - (i128)account.credits_pending_minor;
        posted += (i128)account.debits_posted_minor - (i128)account.credits_posted_minor;
    }
    *channel = table->count;
    return pending == 0 && posted == 0 ? HST_OK : HST_CORRUPT;
}
