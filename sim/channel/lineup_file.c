#include "sim/channel/lineup_file.h"

#include "core/base/assert.h"

#include "sim/channel/table_file.h"
#include "sim/scenario/phrase.h"
#include "sim/scenario/rows.h"
#include "sim/scenario/source.h"
#include "sim/scenario/value.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/** The keys that hold one value. */
typedef struct top {
    int64_t schema;
    char title[HST_CHANNEL_LINEUP_TEXT_SIZE];
    char question[HST_CHANNEL_LINEUP_TEXT_SIZE];
    unsigned network;
    bool blind;
    char table[HST_INPUT_PATH_SIZE];
    int64_t seeds, first_seed, payments, attempts;
    double amount_median, amount_p90, amount_most;
    int64_t spacing_ns;
    int64_t recurring_ppb;
    int64_t confidence_ppb;
} top;

static const char *const networks[] = {"lightning", "credit", NULL};

#define TOP(kind, name, field, least, greatest, standard, sentence)                                \
    {                                                                                              \
        .path = (name), .type = HST_KEY_##kind, .offset = offsetof(top, field),                    \
        .size = sizeof(((top *)0)->field), .min = (least), .max = (greatest),                      \
        .fallback = (standard), .text = (sentence)                                                 \
    }
#define WORD(name, field, words, sentence)                                                         \
    {                                                                                              \
        .path = (name), .type = HST_KEY_ENUMERATION, .offset = offsetof(top, field),               \
        .size = sizeof(((top *)0)->field), .min = 0,                                               \
        .max = (int64_t)(sizeof(words) / sizeof((words)[0])) - 2, .fallback = NULL,                \
        .text = (sentence), .names = (words)                                                       \
    }
#define TEXTS(name, standard, sentence)                                                            \
    {                                                                                              \
        .path = (name), .type = HST_KEY_STRINGS, .fallback = (standard), .text = (sentence)        \
    }

#define MINUTE     INT64_C(60000000000)
#define PPB        INT64_C(1000000000)
#define AMOUNT_MAX (HST_KEY_REAL_MAX * HST_KEY_NANO)

/* clang-format off */
static const hst_key keys[] = {
    TOP(INTEGER, "channels", schema, HST_CHANNEL_LINEUP_SCHEMA, HST_CHANNEL_LINEUP_SCHEMA, NULL,
        "Number of this schema; says that the file is a line-up on a network of channels."),
    TOP(STRING, "title", title, 0, HST_CHANNEL_LINEUP_TEXT_SIZE - 1, "", "One line for people."),
    TOP(STRING, "question", question, 0, HST_CHANNEL_LINEUP_TEXT_SIZE - 1, "",
        "What the line-up shall answer; stands above the tables."),
    WORD("network", network, networks,
        "Form of the table: Lightning's channels with charges, in satoshi, or credit lines."),
    TOP(PATH, "table", table, 0, HST_INPUT_PATH_SIZE - 1, "",
        "The table; absent: ../data/lightning.csv or ../data/credit_network.csv."),
    TOP(BOOLEAN, "blind", blind, 0, 1, "false",
        "Capacities and largest amounts are hidden too, as in comparisons of research."),
    TEXTS("priors", "[uniform, bimodal, skewed, depleted, halves]",
        "How capacities are split between their ends: these, or as_given (credit lines)."),
    TEXTS("scales", "[1]", "Factors of capacities and largest amounts, payments staying as they "
        "are."),
    TEXTS("routers", "[R1, R3, R5, R6, R7, R8, R9, R10a, R10b, R11, R12, M1, M3]",
        "Routers by name or code, in the order of the table."),
    TOP(INTEGER, "seeds", seeds, 2, HST_CHANNEL_LINEUP_SEED_MAX, "5",
        "Drawn payments and balances of each cell."),
    TOP(INTEGER, "first_seed", first_seed, 0, INT64_MAX / 2, "1",
        "Seed of the first; the next ones count up."),
    TOP(INTEGER, "payments", payments, 1, HST_CHANNEL_LINEUP_PAYMENT_MAX, "2000", "Payments, one after the other."),
    TOP(INTEGER, "attempts", attempts, 1, HST_CHANNEL_ATTEMPT_MAX, "4",
        "Attempts a payment, the hop that failed excluded from the next; Flash has its own four."),
    TOP(REAL, "amount_median", amount_median, 1, AMOUNT_MAX, NULL,
        "Median of the log-normal amounts: satoshi, or the unit of the credit lines."),
    TOP(REAL, "amount_p90", amount_p90, 1, AMOUNT_MAX, NULL, "A tenth of them is larger."),
    TOP(REAL, "amount_most", amount_most, 1, AMOUNT_MAX, "1000000", "Larger ones are this."),
    TOP(RATE, "recurring", recurring_ppb, 0, PPB, "0",
        "Payments with the ends of an earlier one; the others' are drawn evenly."),
    TOP(DURATION, "spacing", spacing_ns, 1, 1440 * MINUTE, "1s", "Time between two payments."),
    TOP(RATE, "confidence", confidence_ppb, PPB / 2, PPB / 1000 * 999, "95%",
        "Of every interval."),
};
/* clang-format on */

static const hst_rows rows = {keys, sizeof keys / sizeof keys[0]};

/* ---- lists -------------------------------------------------------------------------------- */

/** Complain of a word, with what may have been meant. */
static hst_status refuse_word(const hst_reading *reading,
                              const hst_node *node,
                              const char *expected,
                              const char *const *names,
                              size_t count)
{
    char why[HST_PHRASE_SIZE] = "";
    const char *near =
        node->kind == HST_NODE_SCALAR ? hst_rows_near(node->text, names, count) : NULL;
    if (near != NULL) {
        (void)snprintf(why, sizeof why, ", did you mean '%.60s'?", near);
    }
    return hst_node_refuse(reading, node, expected, why);
}

static hst_status
read_prior(const hst_reading *reading, const hst_node *node, hst_channel_prior *prior)
{
    const char *names[HST_CHANNEL_PRIOR_COUNT];
    for (unsigned i = 0; i < HST_CHANNEL_PRIOR_COUNT; i++) {
        names[i] = hst_channel_prior_name((hst_channel_prior)i);
    }
    *prior = node->kind == HST_NODE_SCALAR ? hst_channel_prior_find(node->text)
                                           : HST_CHANNEL_PRIOR_COUNT;
    return *prior < HST_CHANNEL_PRIOR_COUNT
               ? HST_OK
               : refuse_word(reading, node, "a prior of balances", names, HST_CHANNEL_PRIOR_COUNT);
}

static hst_status
read_router(const hst_reading *reading, const hst_node *node, const hst_router_kind **router)
{
    const char *names[HST_CHANNEL_LINEUP_ROUTER_MAX];
    size_t count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&count);
    hst_assert(count <= HST_CHANNEL_LINEUP_ROUTER_MAX);
    for (size_t i = 0; i < count; i++) {
        names[i] = kinds[i]->name;
    }
    *router = node->kind == HST_NODE_SCALAR ? hst_router_find_kind(node->text) : NULL;
    if (*router == NULL) {
        return refuse_word(reading, node, "a router", names, count);
    }
    if (((*router)->sees & (HST_SEES_CHANCES | HST_SEES_DRAWS)) != 0) {
        return hst_node_refuse(reading, node, "a router without foresight", "");
    }
    return HST_OK;
}

static hst_status read_scale(const hst_reading *reading, const hst_node *node, uint32_t *scale)
{
    static const hst_key row = {.path = "scales[]",
                                .type = HST_KEY_INTEGER,
                                .size = sizeof(int64_t),
                                .min = 1,
                                .max = 1000000};
    int64_t value = 0;
    HST_TRY(hst_value_read(reading, &row, node, &value));
    *scale = (uint32_t)value;
    return HST_OK;
}

/** Entry `at` of a list into the line-up. */
typedef hst_status (*entry_reader)(const hst_reading *reading,
                                   const hst_node *node,
                                   hst_channel_lineup *lineup,
                                   uint32_t at);

static hst_status prior_entry(const hst_reading *reading,
                              const hst_node *node,
                              hst_channel_lineup *lineup,
                              uint32_t at)
{
    return read_prior(reading, node, &lineup->priors[at]);
}

static hst_status scale_entry(const hst_reading *reading,
                              const hst_node *node,
                              hst_channel_lineup *lineup,
                              uint32_t at)
{
    return read_scale(reading, node, &lineup->scales[at]);
}

static hst_status router_entry(const hst_reading *reading,
                               const hst_node *node,
                               hst_channel_lineup *lineup,
                               uint32_t at)
{
    HST_TRY(read_router(reading, node, &lineup->routers[at]));
    for (uint32_t i = 0; i < at; i++) {
        if (lineup->routers[i] == lineup->routers[at]) {
            return hst_node_refuse(reading, node, "each router once", "");
        }
    }
    return HST_OK;
}

/** A list or its default; `count` gets its length. */
static hst_status read_list(hst_reading *reading,
                            const hst_node *root,
                            const char *key,
                            uint32_t most,
                            entry_reader read,
                            hst_channel_lineup *lineup,
                            uint32_t *count)
{
    const hst_node *list = hst_node_find(root, key);
    for (size_t i = 0; list == NULL && i < rows.count; i++) {
        if (strcmp(keys[i].path, key) == 0) {
            hst_node *standard = NULL;
            HST_TRY(hst_source_default(reading, keys[i].fallback, &standard));
            list = standard;
        }
    }
    hst_assert(list != NULL);
    if (list->kind != HST_NODE_LIST || list->first == NULL) {
        return hst_node_refuse(reading, list, "a list with entries", "");
    }
    for (const hst_node *one = list->first; one != NULL; one = one->sibling) {
        if (*count == most) {
            return hst_node_refuse(reading, one, "fewer entries", "");
        }
        HST_TRY(read(reading, one, lineup, *count));
        ++*count;
    }
    return HST_OK;
}

/* ---- the table ---------------------------------------------------------------------------- */

static hst_status
read_table(hst_reading *reading, const char *written, hst_channel_net net, hst_channel_table *table)
{
    static const char *const standard[] = {"../data/lightning.csv", "../data/credit_network.csv"};
    char path[HST_INPUT_PATH_SIZE];
    char shown[HST_ERROR_FILE_SIZE];
    const char *bytes = NULL;
    size_t size = 0;
    if (written[0] == '\0') {
        HST_TRY(hst_inputs_resolve(reading->root_path, standard[net], path, reading->error));
    } else {
        memcpy(path, written, sizeof path);
    }
    HST_TRY(hst_inputs_get(reading->inputs, path, &bytes, &size, reading->error));
    hst_inputs_display_path(reading->inputs, path, shown);
    return net == HST_CHANNEL_NET_CREDIT
               ? hst_channel_read_credit(shown, bytes, size, reading->arena, table, reading->error)
               : hst_channel_read_lightning(shown, bytes, size, reading->arena, table,
                                            reading->error);
}

/* ---- the file ----------------------------------------------------------------------------- */

static hst_status
read_lists(hst_reading *reading, const hst_node *root, hst_channel_net net, hst_channel_lineup *out)
{
    HST_TRY(read_list(reading, root, "priors", HST_CHANNEL_PRIOR_COUNT, prior_entry, out,
                      &out->prior_count));
    HST_TRY(read_list(reading, root, "scales", HST_CHANNEL_LINEUP_SCALE_MAX, scale_entry, out,
                      &out->scale_count));
    HST_TRY(read_list(reading, root, "routers", HST_CHANNEL_LINEUP_ROUTER_MAX, router_entry, out,
                      &out->router_count));
    for (uint32_t i = 0; i < out->prior_count; i++) {
        if (out->priors[i] == HST_CHANNEL_AS_GIVEN && net == HST_CHANNEL_NET_LIGHTNING) {
            const hst_node *list = hst_node_find(root, "priors");
            return hst_node_refuse(reading, hst_node_child(list, i),
                                   "a prior to draw from: balances of Lightning are private", "");
        }
    }
    return HST_OK;
}

/** Median, percentile and cut in the order that makes a law. */
static hst_status
read_law(const hst_reading *reading, const hst_node *root, const top *read, hst_channel_lineup *out)
{
    /* Satoshi hold 1,000 millisatoshi, units of credit lines a million parts. */
    const double unit = read->network == HST_CHANNEL_NET_LIGHTNING ? 1e3 : 1e6;
    if (read->amount_p90 < read->amount_median) {
        return hst_node_refuse(reading, hst_node_find(root, "amount_p90"), "at least amount_median",
                               "");
    }
    if (read->amount_most < read->amount_median) {
        const hst_node *most = hst_node_find(root, "amount_most");
        return hst_node_refuse(reading, most, "at least amount_median", "");
    }
    out->demand = (hst_channel_demand){.amounts = {.median = read->amount_median * unit,
                                                   .p90 = read->amount_p90 * unit,
                                                   .most = read->amount_most * unit},
                                       .recurring = (double)read->recurring_ppb / (double)PPB};
    return HST_OK;
}

bool hst_channel_lineup_is(hst_inputs *inputs, const char *root_path, hst_arena *arena)
{
    hst_error error;
    hst_error_clear(&error);
    hst_reading reading = {.inputs = inputs, .arena = arena, .error = &error};
    hst_node *root = NULL;
    return hst_reading_copy(&reading, root_path, strlen(root_path), &reading.root_path) == HST_OK &&
           hst_source_read(&reading, &root) == HST_OK && hst_node_find(root, "channels") != NULL;
}

hst_status hst_channel_lineup_load(hst_inputs *inputs,
                                   const char *root_path,
                                   hst_arena *arena,
                                   const hst_channel_lineup_file **file,
                                   hst_error *error)
{
    hst_assert(inputs != NULL && root_path != NULL && arena != NULL && file != NULL);
    hst_reading reading = {.inputs = inputs, .arena = arena, .error = error};
    hst_channel_lineup_file *made = HST_ARENA_NEW(arena, hst_channel_lineup_file, 1);
    top *read = HST_ARENA_NEW(arena, top, 1);
    if (made == NULL || read == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory while reading a line-up");
    }
    hst_node *root = NULL;
    HST_TRY(hst_reading_copy(&reading, root_path, strlen(root_path), &reading.root_path));
    HST_TRY(hst_source_read(&reading, &root));
    HST_TRY(hst_rows_bind(&rows, &reading, "", root, read));
    memcpy(made->title, read->title, sizeof made->title);
    memcpy(made->question, read->question, sizeof made->question);
    made->net = (hst_channel_net)read->network;
    hst_channel_lineup *lineup = &made->lineup;
    lineup->seed_count = (uint32_t)read->seeds;
    lineup->first_seed = (uint64_t)read->first_seed;
    lineup->payments = (uint32_t)read->payments;
    lineup->attempts = (uint32_t)read->attempts;
    lineup->spacing_ns = read->spacing_ns;
    lineup->confidence = (double)read->confidence_ppb / (double)PPB;
    lineup->threads = 1;
    HST_TRY(read_law(&reading, root, read, lineup));
    HST_TRY(read_lists(&reading, root, made->net, lineup));
    HST_TRY(read_table(&reading, read->table, made->net, &lineup->table));
    lineup->table.blind = read->blind;
    *file = made;
    return HST_OK;
}

hst_status hst_channel_lineup_reference_page(hst_arena *arena, const char **text, size_t *size)
{
    return hst_rows_reference(
        &rows,
        "\n# Line-up on a network of channels\n\nEvery key of a line-up of routers on payment "
        "channels or credit lines.\n`herstatt lineup scenarios/routing/credit.yaml` runs one.",
        arena, text, size);
}
