#include "sim/workload/quotes.h"

#include "core/base/assert.h"
#include "core/money/rate.h"

#include "sim/base/csv.h"

#include <string.h>

/* Most quotes of a table, and the amount beyond which fees stop growing. */
enum { QUOTE_MAX = 65536 };
static const int64_t fee_flat_beyond_micro_usd = INT64_C(5000000000);

static const char *const firm_texts[HST_FIRM_COUNT] = {"bank", "mto", "post"};
static const char *const speed_texts[HST_SPEED_COUNT] = {
    "under_1h", "same_day", "next_day", "two_days", "three_to_five_days", "six_plus"};

const char *hst_firm_text(hst_firm firm)
{
    hst_assert(firm < HST_FIRM_COUNT);
    return firm_texts[firm];
}

const char *hst_speed_text(hst_speed speed)
{
    hst_assert(speed < HST_SPEED_COUNT);
    return speed_texts[speed];
}

/* Joint offers count as the firm that sells them: "bank_mto" is sold by a bank, "mto_post" and
 * other non-banks by an operator. */
static hst_status cell_firm(const hst_csv *csv, uint32_t column, uint8_t *firm, hst_error *error)
{
    static const struct {
        const char *text;
        uint8_t firm;
    } words[] = {{"bank", HST_FIRM_BANK},      {"bank_mto", HST_FIRM_BANK},
                 {"bank_post", HST_FIRM_BANK}, {"mto", HST_FIRM_MTO},
                 {"mto_post", HST_FIRM_MTO},   {"mto_building_society", HST_FIRM_MTO},
                 {"nonbank_fi", HST_FIRM_MTO}, {"post", HST_FIRM_POST}};
    const hst_text text = hst_csv_text(csv, column);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (hst_text_equals(text, words[i].text)) {
            *firm = words[i].firm;
            return HST_OK;
        }
    }
    return hst_csv_refuse(csv, column, HST_SCENARIO, "a firm type (bank, mto, post ...)", error);
}

static hst_status cell_speed(const hst_csv *csv, uint32_t column, uint8_t *speed, hst_error *error)
{
    const hst_text text = hst_csv_text(csv, column);
    for (uint8_t i = 0; i < (uint8_t)HST_SPEED_COUNT; i++) {
        if (hst_text_equals(text, speed_texts[i])) {
            *speed = i;
            return HST_OK;
        }
    }
    return hst_csv_refuse(csv, column, HST_SCENARIO, "a speed (under_1h ... six_plus)", error);
}

/* Per cent of the amount -> parts per billion. */
static hst_status cell_percent(const hst_csv *csv, uint32_t column, int64_t *ppb, hst_error *error)
{
    HST_TRY(hst_csv_fixed_half_even(csv, column, 7, ppb, error));
    if (*ppb < -HST_PPB_ONE || *ppb > HST_PPB_ONE) {
        return hst_csv_refuse(csv, column, HST_SCENARIO, "-100 to 100 per cent", error);
    }
    return HST_OK;
}

/* fixed + share * 200 = fee200 and fixed + share * 500 = fee500, neither part below zero. */
static void fit_line(int64_t fee_200_ppb, int64_t fee_500_ppb, hst_quote *quote)
{
    const int64_t fee_200_micro = fee_200_ppb / 1000 * 200;
    const int64_t fee_500_micro = fee_500_ppb / 1000 * 500;
    int64_t share_ppb = (fee_500_micro - fee_200_micro) * 1000 / 300;
    if (share_ppb < 0) {
        share_ppb = 0;
    }
    int64_t fixed_micro = fee_200_micro - share_ppb / 1000 * 200;
    if (fixed_micro < 0) {
        fixed_micro = 0;
        share_ppb = fee_200_ppb > 0 ? fee_200_ppb : 0;
    }
    quote->fixed_micro_usd = fixed_micro;
    quote->fee_ppb = share_ppb;
}

static uint32_t corridor_of(const hst_atlas *atlas, hst_text from, hst_text to)
{
    char sender[3] = {0};
    char receiver[3] = {0};
    uint16_t a = 0;
    uint16_t b = 0;
    if (!hst_text_copy(from, sender, sizeof sender) ||
        !hst_text_copy(to, receiver, sizeof receiver) ||
        hst_atlas_country(atlas, sender, &a) != HST_OK ||
        hst_atlas_country(atlas, receiver, &b) != HST_OK) {
        return UINT32_MAX;
    }
    for (uint32_t i = 0; i < atlas->corridor_count; i++) {
        if (atlas->corridors[i].sender == a && atlas->corridors[i].receiver == b) {
            return i;
        }
    }
    return UINT32_MAX;
}

static hst_status
read_row(const hst_csv *csv, const uint32_t *at, hst_quote *quote, hst_error *error)
{
    int64_t fee_200 = 0;
    int64_t fee_500 = 0;
    *quote = (hst_quote){0};
    HST_TRY(cell_firm(csv, at[2], &quote->firm, error));
    HST_TRY(cell_speed(csv, at[3], &quote->speed, error));
    HST_TRY(cell_percent(csv, at[4], &fee_200, error));
    HST_TRY(cell_percent(csv, at[5], &quote->margin_ppb, error));
    if (hst_csv_blank(csv, at[6])) {
        fee_500 = fee_200 * 2 / 5; /* no second point: all of it fixed */
    } else {
        HST_TRY(cell_percent(csv, at[6], &fee_500, error));
    }
    fit_line(fee_200, fee_500, quote);
    return HST_OK;
}

/* Counting sort of quote indices by corridor. */
static hst_status
group(hst_quotes *quotes, const uint32_t *corridors, uint32_t corridor_count, hst_arena *arena)
{
    quotes->first = HST_ARENA_NEW(arena, uint32_t, corridor_count);
    quotes->counts = HST_ARENA_NEW(arena, uint32_t, corridor_count);
    quotes->by_corridor = HST_ARENA_NEW(arena, uint32_t, quotes->count);
    quotes->banks = HST_ARENA_NEW(arena, uint32_t, quotes->count);
    if (quotes->first == NULL || quotes->counts == NULL || quotes->by_corridor == NULL ||
        quotes->banks == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < quotes->count; i++) {
        if (corridors[i] != UINT32_MAX) {
            quotes->counts[corridors[i]]++;
        }
        if (quotes->all[i].firm == HST_FIRM_BANK) {
            quotes->banks[quotes->bank_count++] = i;
        }
    }
    uint32_t next = 0;
    for (uint32_t c = 0; c < corridor_count; c++) {
        quotes->first[c] = next;
        next += quotes->counts[c];
        quotes->counts[c] = 0;
    }
    for (uint32_t i = 0; i < quotes->count; i++) {
        const uint32_t c = corridors[i];
        if (c != UINT32_MAX) {
            quotes->by_corridor[quotes->first[c] + quotes->counts[c]++] = i;
        }
    }
    return HST_OK;
}

hst_status hst_quotes_load(hst_inputs *inputs,
                           const char *path,
                           const hst_atlas *atlas,
                           hst_arena *arena,
                           hst_quotes *quotes,
                           hst_error *error)
{
    static const char *const names[] = {"sender",      "receiver",          "firm_type",  "speed",
                                        "fee_pct_200", "fx_margin_pct_200", "fee_pct_500"};
    uint32_t at[7];
    char file[HST_ERROR_FILE_SIZE];
    const char *bytes = NULL;
    size_t size = 0;
    memset(quotes, 0, sizeof *quotes);
    HST_TRY(hst_inputs_get(inputs, path, &bytes, &size, error));
    hst_inputs_display_path(inputs, path, file);
    hst_csv *csv = HST_ARENA_NEW(arena, hst_csv, 1);
    quotes->all = HST_ARENA_NEW(arena, hst_quote, QUOTE_MAX);
    uint32_t *corridors = HST_ARENA_NEW(arena, uint32_t, QUOTE_MAX);
    if (csv == NULL || quotes->all == NULL || corridors == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for quotes");
    }
    HST_TRY(hst_csv_open(csv, arena, file, bytes, size, error));
    for (size_t i = 0; i < 7; i++) {
        HST_TRY(hst_csv_column(csv, names[i], &at[i], error));
    }
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            break;
        }
        if (quotes->count == QUOTE_MAX) {
            return hst_csv_refuse(csv, at[0], HST_SCENARIO, "at most 65536 quotes", error);
        }
        HST_TRY(read_row(csv, at, &quotes->all[quotes->count], error));
        corridors[quotes->count++] =
            corridor_of(atlas, hst_csv_text(csv, at[0]), hst_csv_text(csv, at[1]));
    }
    if (group(quotes, corridors, atlas->corridor_count, arena) != HST_OK) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for quotes");
    }
    if (quotes->bank_count == 0) {
        return hst_error_at(error, HST_SCENARIO, file, 0, 0,
                            "expected quotes of banks, found none");
    }
    return HST_OK;
}

const hst_quote *hst_quotes_draw(const hst_quotes *quotes, uint32_t corridor, hst_random *random)
{
    hst_assert(quotes->count > 0);
    const uint32_t own = quotes->counts[corridor];
    if (own == 0) {
        return &quotes->all[hst_random_below(random, quotes->count)];
    }
    const uint64_t i = quotes->first[corridor] + hst_random_below(random, own);
    return &quotes->all[quotes->by_corridor[i]];
}

const hst_quote *hst_quotes_draw_bank(const hst_quotes *quotes, hst_random *random)
{
    hst_assert(quotes->bank_count > 0);
    return &quotes->all[quotes->banks[hst_random_below(random, quotes->bank_count)]];
}

int64_t hst_quote_fee_micro_usd(const hst_quote *quote, int64_t amount_micro_usd)
{
    hst_assert(amount_micro_usd >= 0);
    const int64_t base =
        amount_micro_usd < fee_flat_beyond_micro_usd ? amount_micro_usd : fee_flat_beyond_micro_usd;
    return quote->fixed_micro_usd + hst_share_ppb_half_even(base, quote->fee_ppb);
}
