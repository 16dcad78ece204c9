#include "sim/channel/cloth_history.h"

#include "sim/channel/cloth.h"

#include <math.h>

#define HOP_CHANCE    0.6
#define PASSED_CHANCE 0.95

hst_status hst_cloth_history_init(hst_cloth_history *history, hst_arena *arena, uint32_t node_count)
{
    *history = (hst_cloth_history){.arena = arena};
    history->senders = HST_ARENA_NEW(arena, hst_cloth_record *, (size_t)node_count + 1);
    return history->senders == NULL ? HST_NO_MEMORY : HST_OK;
}

enum { AT_ONCE = 128 };

static hst_cloth_record *take_record(hst_cloth_history *history)
{
    if (history->records_left == 0) {
        history->records = HST_ARENA_NEW(history->arena, hst_cloth_record, AT_ONCE);
        if (history->records == NULL) {
            return NULL;
        }
        history->records_left = AT_ONCE;
    }
    history->records_left--;
    return history->records++;
}

static hst_cloth_pair *take_pair(hst_cloth_history *history)
{
    if (history->pairs_left == 0) {
        history->pairs = HST_ARENA_NEW(history->arena, hst_cloth_pair, AT_ONCE);
        if (history->pairs == NULL) {
            return NULL;
        }
        history->pairs_left = AT_ONCE;
    }
    history->pairs_left--;
    return history->pairs++;
}

static hst_cloth_pair *find_pair(const hst_cloth_record *record, uint32_t to)
{
    hst_cloth_pair *pair = record != NULL ? record->pairs : NULL;
    while (pair != NULL && pair->to != to) {
        pair = pair->next;
    }
    return pair;
}

/** The pair's entry, made when there is none; *made says so. NULL without memory. */
static hst_cloth_pair *
entry(hst_cloth_history *history, uint32_t sender, uint32_t from, uint32_t to, bool *made)
{
    hst_cloth_record *record = history->senders[sender];
    while (record != NULL && record->node != from) {
        record = record->next;
    }
    if (record == NULL) {
        record = take_record(history);
        if (record == NULL) {
            return NULL;
        }
        *record = (hst_cloth_record){.next = history->senders[sender], .node = from};
        history->senders[sender] = record;
    }
    hst_cloth_pair *pair = find_pair(record, to);
    *made = pair == NULL;
    if (pair == NULL) {
        pair = take_pair(history);
        if (pair != NULL) {
            *pair = (hst_cloth_pair){.next = record->pairs, .to = to};
            record->pairs = pair;
        }
    }
    return pair;
}

hst_status hst_cloth_history_success(
    hst_cloth_history *history, uint32_t sender, uint32_t from, uint32_t to, int64_t amount_msat)
{
    bool made = false;
    hst_cloth_pair *pair = entry(history, sender, from, to, &made);
    if (pair == NULL) {
        return HST_NO_MEMORY;
    }
    if (amount_msat > pair->success_msat) {
        pair->success_msat = amount_msat;
    }
    if (pair->fail_ms != 0 && pair->success_msat > pair->fail_msat) {
        pair->fail_msat = amount_msat + 1;
    }
    return HST_OK;
}

hst_status hst_cloth_history_failure(hst_cloth_history *history,
                                     uint32_t sender,
                                     uint32_t from,
                                     uint32_t to,
                                     int64_t amount_msat,
                                     int64_t now_ms)
{
    bool made = false;
    hst_cloth_pair *pair = entry(history, sender, from, to, &made);
    if (pair == NULL) {
        return HST_NO_MEMORY;
    }
    if (!made && amount_msat > pair->fail_msat && now_ms - pair->fail_ms < HST_CLOTH_RELAX_MS) {
        return HST_OK;
    }
    pair->fail_msat = amount_msat;
    pair->fail_ms = now_ms;
    if (amount_msat == 0) {
        pair->success_msat = 0;
    } else if (amount_msat <= pair->success_msat) {
        pair->success_msat = amount_msat - 1;
    }
    return HST_OK;
}

/** 2^(-age / 24 min). */
static double fading(int64_t age_ms)
{
    return exp2(-(double)age_ms / (24.0 * 60.0 * 1000.0));
}

static double node_chance(const hst_cloth_record *record, int64_t amount_msat, int64_t now_ms)
{
    double chances = HOP_CHANCE;
    double weights = 1;
    if (record == NULL) {
        return HOP_CHANCE;
    }
    for (const hst_cloth_pair *pair = record->pairs; pair != NULL; pair = pair->next) {
        if (amount_msat <= pair->success_msat) {
            weights += 1;
            chances += PASSED_CHANCE;
        } else if (pair->fail_ms != 0 && amount_msat >= pair->fail_msat) {
            weights += fading(now_ms - pair->fail_ms);
        }
    }
    return chances / weights;
}

double hst_cloth_chance(
    const hst_cloth_record *record, bool own, uint32_t to, int64_t amount_msat, int64_t now_ms)
{
    const double node = own ? PASSED_CHANCE : node_chance(record, amount_msat, now_ms);
    const hst_cloth_pair *pair = find_pair(record, to);
    if (pair == NULL || pair->fail_ms == 0) {
        return node;
    }
    return node * (1 - fading(now_ms - pair->fail_ms));
}

double hst_cloth_chance_bound(const hst_cloth_record *record)
{
    double passed = 0;
    for (const hst_cloth_pair *pair = record->pairs; pair != NULL; pair = pair->next) {
        passed += pair->success_msat > 0 ? 1 : 0;
    }
    return (HOP_CHANCE + PASSED_CHANCE * passed) / (1 + passed);
}
