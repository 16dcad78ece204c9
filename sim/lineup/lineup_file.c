#include "sim/lineup/lineup_file.h"

#include "core/base/assert.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/rows.h"
#include "sim/scenario/source.h"

#include <stddef.h>
#include <string.h>

/** The keys that hold one value. */
typedef struct top {
    int64_t schema;
    char title[HST_LINEUP_TEXT_SIZE];
    char question[HST_LINEUP_TEXT_SIZE];
    int64_t seeds, first_seed, payments, currencies, banks, hubs;
    int64_t spacing_ns;
    int64_t broken_ppb;
    int64_t assets, venues;
    int64_t confidence_ppb;
} top;

#define TOP(kind, name, field, least, greatest, standard, sentence)                                \
    {                                                                                              \
        .path = (name), .type = HST_KEY_##kind, .offset = offsetof(top, field),                    \
        .size = sizeof(((top *)0)->field), .min = (least), .max = (greatest),                      \
        .fallback = (standard), .text = (sentence)                                                 \
    }
#define TEXTS(name, standard, sentence)                                                            \
    {                                                                                              \
        .path = (name), .type = HST_KEY_STRINGS, .fallback = (standard), .text = (sentence)        \
    }

#define MINUTE INT64_C(60000000000)
#define PPB    INT64_C(1000000000)

/* clang-format off */
static const hst_key keys[] = {
    TOP(INTEGER, "lineup", schema, HST_LINEUP_SCHEMA, HST_LINEUP_SCHEMA, NULL,
        "Number of this schema; says that the file is a line-up of routers."),
    TOP(STRING, "title", title, 0, HST_LINEUP_TEXT_SIZE - 1, "", "One line for people."),
    TOP(STRING, "question", question, 0, HST_LINEUP_TEXT_SIZE - 1, "",
        "What the line-up shall answer; stands above the tables."),
    TEXTS("worlds", "[well_specified]",
        "Truths to run on: well_specified, hidden_features, mis_specified, balance_dynamic, "
        "adversarial, asset_market."),
    TEXTS("routers", "[]", "Routers by name or code, in the order of the table; none = all."),
    TOP(INTEGER, "seeds", seeds, 2, HST_LINEUP_SEED_MAX, "10", "Worlds drawn of each kind."),
    TOP(INTEGER, "first_seed", first_seed, 0, INT64_MAX / 2, "1",
        "Seed of the first; the next ones count up."),
    TOP(INTEGER, "payments", payments, HST_LINEUP_WINDOWS, 10000000, "12000",
        "Payments in each world; half-way some hops break."),
    TOP(INTEGER, "currencies", currencies, 2, 1000, "24", "Currencies of a world."),
    TOP(INTEGER, "banks", banks, 3, 1000, "16", "Banks of each currency."),
    TOP(INTEGER, "hubs", hubs, 2, 1000, "16", "Hubs, each of them linked to all others."),
    TOP(DURATION, "spacing", spacing_ns, 1, 1440 * MINUTE, "36s", "Time between two payments."),
    TOP(RATE, "broken", broken_ppb, 0, PPB, "10%", "Share of the hops that break half-way."),
    TOP(INTEGER, "assets", assets, 20, 10000, "500",
        "Assets of an asset_market, `hubs` of them majors: fewer hubs than assets."),
    TOP(INTEGER, "venues", venues, 1, 100000, "1000",
        "Pools and books of an asset_market; as many as it takes to join all assets, or more."),
    TOP(RATE, "confidence", confidence_ppb, PPB / 2, PPB / 1000 * 999, "95%",
        "Of every interval."),
};
/* clang-format on */

static const hst_rows rows = {keys, sizeof keys / sizeof keys[0]};

/** Complain of a word, with what may have been meant. */
static hst_status refuse_word(const hst_reading *reading,
                              const hst_node *node,
                              const char *expected,
                              const char *near)
{
    char label[HST_NODE_PATH_SIZE];
    char found[HST_PHRASE_SIZE];
    hst_node_path(node, label);
    hst_node_describe(node, found);
    if (near == NULL) {
        return hst_reading_refuse(reading, node->place, label, "expected %s, got %s", expected,
                                  found);
    }
    return hst_reading_refuse(reading, node->place, label,
                              "expected %s, got %s, did you mean '%s'?", expected, found, near);
}

static hst_status read_kind(const hst_reading *reading, const hst_node *node, hst_lineup_kind *kind)
{
    const char *names[HST_LINEUP_KIND_COUNT];
    for (unsigned k = 0; k < HST_LINEUP_KIND_COUNT; k++) {
        names[k] = hst_lineup_kind_name((hst_lineup_kind)k);
        if (node->kind == HST_NODE_SCALAR && strcmp(names[k], node->text) == 0) {
            *kind = (hst_lineup_kind)k;
            return HST_OK;
        }
    }
    return refuse_word(reading, node, "a kind of world",
                       node->kind == HST_NODE_SCALAR
                           ? hst_rows_near(node->text, names, HST_LINEUP_KIND_COUNT)
                           : NULL);
}

static hst_status
read_router(const hst_reading *reading, const hst_node *node, const hst_router_kind **router)
{
    const char *names[HST_LINEUP_ROUTER_MAX];
    size_t count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&count);
    hst_assert(count <= HST_LINEUP_ROUTER_MAX);
    for (size_t i = 0; i < count; i++) {
        names[i] = kinds[i]->name;
    }
    *router = node->kind == HST_NODE_SCALAR ? hst_router_find_kind(node->text) : NULL;
    if (*router != NULL) {
        return HST_OK;
    }
    return refuse_word(reading, node, "a router",
                       node->kind == HST_NODE_SCALAR ? hst_rows_near(node->text, names, count)
                                                     : NULL);
}

/** The list under a key, or NULL when it is absent. */
static hst_status find_list(const hst_reading *reading,
                            const hst_node *root,
                            const char *key,
                            size_t most,
                            const hst_node **list)
{
    size_t count = 0;
    *list = hst_node_find(root, key);
    if (*list == NULL) {
        return HST_OK;
    }
    if ((*list)->kind != HST_NODE_LIST) {
        return hst_node_refuse(reading, *list, "a list", "");
    }
    for (const hst_node *one = (*list)->first; one != NULL; one = one->sibling) {
        if (++count > most) {
            return hst_node_refuse(reading, one, "fewer entries", "");
        }
    }
    return HST_OK;
}

/** All routers that plan on such worlds: a static table has no instructions there, and there are no
 * balances to probe. */
static void take_all(hst_lineup_plan *plan)
{
    size_t count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&count);
    for (size_t i = 0; i < count && plan->router_count < HST_LINEUP_ROUTER_MAX; i++) {
        if (strcmp(kinds[i]->code, "R2") != 0 && (kinds[i]->sees & HST_SEES_BALANCES) == 0) {
            plan->routers[plan->router_count++] = kinds[i];
        }
    }
}

static hst_status
read_routers(const hst_reading *reading, const hst_node *root, hst_lineup_plan *plan)
{
    const hst_node *list = NULL;
    HST_TRY(find_list(reading, root, "routers", HST_LINEUP_ROUTER_MAX, &list));
    if (list == NULL || list->first == NULL) {
        take_all(plan);
        return HST_OK;
    }
    for (const hst_node *one = list->first; one != NULL; one = one->sibling) {
        HST_TRY(read_router(reading, one, &plan->routers[plan->router_count]));
        for (uint32_t i = 0; i < plan->router_count; i++) {
            if (plan->routers[i] == plan->routers[plan->router_count]) {
                return hst_node_refuse(reading, one, "each router once", "");
            }
        }
        plan->router_count++;
    }
    return HST_OK;
}

static hst_status read_worlds(const hst_reading *reading,
                              const hst_node *root,
                              const hst_lineup_plan *common,
                              hst_lineup_file *file)
{
    const hst_node *list = NULL;
    HST_TRY(find_list(reading, root, "worlds", HST_LINEUP_KIND_COUNT, &list));
    if (list == NULL || list->first == NULL) {
        file->plans[file->plan_count++] = *common;
        return HST_OK;
    }
    for (const hst_node *one = list->first; one != NULL; one = one->sibling) {
        hst_lineup_plan *plan = &file->plans[file->plan_count++];
        *plan = *common;
        HST_TRY(read_kind(reading, one, &plan->recipe.kind));
        plan->recipe.splits = plan->recipe.kind == HST_LINEUP_ASSET_MARKET;
        if (plan->recipe.kind == HST_LINEUP_ASSET_MARKET &&
            plan->recipe.hubs >= plan->recipe.assets) {
            return hst_node_refuse(reading, one, "fewer hubs than assets", "");
        }
    }
    return HST_OK;
}

hst_status hst_lineup_load(hst_inputs *inputs,
                           const char *root_path,
                           hst_arena *arena,
                           const hst_lineup_file **file,
                           hst_error *error)
{
    hst_assert(inputs != NULL && root_path != NULL && arena != NULL && file != NULL);
    hst_reading reading = {.inputs = inputs, .arena = arena, .error = error};
    hst_lineup_file *made = HST_ARENA_NEW(arena, hst_lineup_file, 1);
    top *keys_read = HST_ARENA_NEW(arena, top, 1);
    if (made == NULL || keys_read == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory while reading a line-up");
    }
    hst_node *root = NULL;
    HST_TRY(hst_reading_copy(&reading, root_path, strlen(root_path), &reading.root_path));
    HST_TRY(hst_source_read(&reading, &root));
    HST_TRY(hst_rows_bind(&rows, &reading, "", root, keys_read));
    memcpy(made->title, keys_read->title, sizeof made->title);
    memcpy(made->question, keys_read->question, sizeof made->question);
    hst_lineup_plan common = {
        .recipe = {.currencies = (uint32_t)keys_read->currencies,
                   .banks = (uint32_t)keys_read->banks,
                   .hubs = (uint32_t)keys_read->hubs,
                   .payments = (uint32_t)keys_read->payments,
                   .spacing_ns = keys_read->spacing_ns,
                   .broken_per_mill = (uint32_t)(keys_read->broken_ppb / (PPB / 1000)),
                   .assets = (uint32_t)keys_read->assets,
                   .venues = (uint32_t)keys_read->venues},
        .seed_count = (uint32_t)keys_read->seeds,
        .first_seed = (uint64_t)keys_read->first_seed,
        .confidence = (double)keys_read->confidence_ppb / (double)PPB,
        .threads = 1,
    };
    HST_TRY(read_routers(&reading, root, &common));
    HST_TRY(read_worlds(&reading, root, &common, made));
    *file = made;
    return HST_OK;
}

hst_status hst_lineup_reference_page(hst_arena *arena, const char **text, size_t *size)
{
    return hst_rows_reference(
        &rows,
        "# Line-up file\n\nEvery key of a line-up of routers, written by `herstatt scenarios "
        "--lineups`.\n`herstatt lineup scenarios/routing/lineup.yaml` runs one.",
        arena, text, size);
}
