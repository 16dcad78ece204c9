#include "sim/consensus/trust.h"

#include "core/base/assert.h"

#include "sim/base/csv.h"

#include <string.h>

enum { SETS_MAX = 4096, NO_PARENT = -1 };

/* A set as read, before its inner sets are in one place. */
typedef struct raw_set {
    int64_t parent; /* NO_PARENT = belongs to nodes */
    int64_t threshold;
    uint32_t *members;
    uint32_t member_count;
    uint32_t inner_count;
    hst_quorum_set *place; /* where it ended up */
    hst_quorum_set *inner; /* room for those it holds */
    uint32_t line;
} raw_set;

static hst_status
open_table(hst_csv **csv, const hst_trust_table *table, hst_arena *arena, hst_error *error)
{
    *csv = HST_ARENA_NEW(arena, hst_csv, 1);
    if (*csv == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", table->file);
    }
    return hst_csv_open(*csv, arena, table->file, table->bytes, table->size, error);
}

/* Node numbers separated by spaces. */
static hst_status
read_members(hst_csv *csv, uint32_t column, hst_arena *arena, raw_set *set, hst_error *error)
{
    const hst_text text = hst_csv_text(csv, column);
    uint32_t *members = HST_ARENA_NEW(arena, uint32_t, text.size / 2 + 1);
    if (members == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for members");
    }
    for (size_t at = 0; at < text.size;) {
        uint64_t number = 0;
        size_t digits = 0;
        while (at < text.size && text.bytes[at] >= '0' && text.bytes[at] <= '9' && digits < 9) {
            number = 10 * number + (uint64_t)(text.bytes[at++] - '0');
            digits++;
        }
        const bool ends = at == text.size || text.bytes[at] == ' ';
        if (digits == 0 || !ends || number >= HST_MEMBER_MAX ||
            (set->member_count > 0 && members[set->member_count - 1] >= number)) {
            return hst_csv_refuse(csv, column, HST_INVALID,
                                  "ascending node numbers separated by single spaces", error);
        }
        members[set->member_count++] = (uint32_t)number;
        at++;
    }
    set->members = members;
    return HST_OK;
}

static hst_status
read_sets(hst_csv *csv, hst_arena *arena, raw_set *sets, uint32_t *count, hst_error *error)
{
    uint32_t columns[4];
    static const char *const names[4] = {"set", "parent", "threshold", "members"};
    for (int c = 0; c < 4; c++) {
        HST_TRY(hst_csv_column(csv, names[c], &columns[c], error));
    }
    for (*count = 0;; (*count)++) {
        bool more = false;
        int64_t number = 0;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            return HST_OK;
        }
        if (*count == SETS_MAX) {
            return hst_csv_refuse(csv, columns[0], HST_FULL, "at most 4096 sets", error);
        }
        raw_set *set = &sets[*count];
        set->parent = NO_PARENT;
        set->line = hst_csv_line(csv);
        HST_TRY(hst_csv_int64(csv, columns[0], *count, *count, &number, error));
        if (!hst_csv_blank(csv, columns[1])) {
            /* Parents come first, so there is no circle. */
            if (*count == 0) {
                return hst_csv_refuse(csv, columns[1], HST_INVALID, "nothing, in the first row",
                                      error);
            }
            HST_TRY(hst_csv_int64(csv, columns[1], 0, (int64_t)*count - 1, &set->parent, error));
            sets[set->parent].inner_count++;
        }
        HST_TRY(hst_csv_int64(csv, columns[2], 1, HST_MEMBER_MAX, &set->threshold, error));
        HST_TRY(read_members(csv, columns[3], arena, set, error));
    }
}

/* Lay the sets out so that the inner sets of one lie side by side. Parents come before children, so
 * one pass places everything. */
static hst_status place_sets(raw_set *sets, uint32_t count, hst_arena *arena)
{
    for (uint32_t s = 0; s < count; s++) {
        raw_set *set = &sets[s];
        if (set->parent == NO_PARENT) {
            set->place = HST_ARENA_NEW(arena, hst_quorum_set, 1);
            if (set->place == NULL) {
                return HST_NO_MEMORY;
            }
        } else {
            raw_set *parent = &sets[set->parent];
            set->place = &parent->inner[parent->place->inner_count++];
        }
        set->inner = HST_ARENA_NEW(arena, hst_quorum_set, set->inner_count);
        if (set->inner == NULL) {
            return HST_NO_MEMORY;
        }
        *set->place = (hst_quorum_set){.threshold = (uint32_t)set->threshold,
                                       .member_count = set->member_count,
                                       .members = set->members,
                                       .inner = set->inner};
    }
    return HST_OK;
}

static hst_status read_nodes(hst_csv *csv,
                             const raw_set *sets,
                             uint32_t set_count,
                             hst_quorum_set *of_nodes,
                             bool *validates,
                             uint32_t *count,
                             hst_error *error)
{
    uint32_t node_column = 0;
    uint32_t set_column = 0;
    HST_TRY(hst_csv_column(csv, "node", &node_column, error));
    HST_TRY(hst_csv_column(csv, "quorum_set", &set_column, error));
    for (*count = 0;; (*count)++) {
        bool more = false;
        int64_t number = 0;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            return HST_OK;
        }
        if (*count == HST_MEMBER_MAX) {
            return hst_csv_refuse(csv, node_column, HST_FULL, "at most 1024 nodes", error);
        }
        HST_TRY(hst_csv_int64(csv, node_column, *count, *count, &number, error));
        if (hst_csv_blank(csv, set_column)) {
            continue;
        }
        if (set_count == 0) {
            return hst_csv_refuse(csv, set_column, HST_NOT_FOUND, "nothing: there are no sets",
                                  error);
        }
        HST_TRY(hst_csv_int64(csv, set_column, 0, (int64_t)set_count - 1, &number, error));
        if (sets[number].parent != NO_PARENT) {
            return hst_csv_refuse(csv, set_column, HST_INVALID, "a set that has no parent", error);
        }
        of_nodes[*count] = *sets[number].place;
        validates[*count] = true;
    }
}

/* Every set of a node must make sense; one that does not validate trusts itself and never runs. */
static hst_status check(const hst_trust_table *table,
                        const raw_set *sets,
                        uint32_t set_count,
                        hst_quorum_set *of_nodes,
                        const bool *validates,
                        uint32_t count,
                        hst_arena *arena,
                        hst_error *error)
{
    for (uint32_t s = 0; s < set_count; s++) {
        if (sets[s].parent == NO_PARENT && !hst_quorum_set_valid(sets[s].place, count)) {
            return hst_error_at(error, HST_INVALID, table->file, (int)sets[s].line, 1,
                                "set %u: a threshold beyond its members, a node that does not "
                                "exist, or sets nested deeper than %d",
                                s, HST_QUORUM_SET_DEPTH_MAX);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!validates[i]) {
            uint32_t *self = HST_ARENA_NEW(arena, uint32_t, 1);
            if (self == NULL) {
                return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", table->file);
            }
            *self = i;
            of_nodes[i] = (hst_quorum_set){.threshold = 1, .member_count = 1, .members = self};
        }
    }
    return HST_OK;
}

hst_status hst_trust_load(const hst_trust_table *nodes,
                          const hst_trust_table *sets,
                          hst_arena *arena,
                          hst_membership *membership,
                          const bool **validates,
                          hst_error *error)
{
    hst_assert(nodes != NULL && sets != NULL && arena != NULL && membership != NULL);
    raw_set *raw = HST_ARENA_NEW(arena, raw_set, SETS_MAX);
    hst_quorum_set *of_nodes = HST_ARENA_NEW(arena, hst_quorum_set, HST_MEMBER_MAX);
    bool *runs = HST_ARENA_NEW(arena, bool, HST_MEMBER_MAX);
    hst_csv *csv = NULL;
    uint32_t set_count = 0;
    uint32_t count = 0;
    if (raw == NULL || of_nodes == NULL || runs == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", nodes->file);
    }
    HST_TRY(open_table(&csv, sets, arena, error));
    HST_TRY(read_sets(csv, arena, raw, &set_count, error));
    if (place_sets(raw, set_count, arena) != HST_OK) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", sets->file);
    }
    HST_TRY(open_table(&csv, nodes, arena, error));
    HST_TRY(read_nodes(csv, raw, set_count, of_nodes, runs, &count, error));
    if (count == 0) {
        return hst_error_set(error, HST_INVALID, "%s: no nodes", nodes->file);
    }
    HST_TRY(check(sets, raw, set_count, of_nodes, runs, count, arena, error));
    *membership = (hst_membership){.count = count, .total = count, .quorum_sets = of_nodes};
    *validates = runs;
    return HST_OK;
}

hst_status hst_stake_load(const hst_trust_table *table,
                          uint32_t count,
                          hst_arena *arena,
                          hst_membership *membership,
                          hst_error *error)
{
    hst_assert(table != NULL && count > 0 && membership != NULL);
    uint64_t *weights = HST_ARENA_NEW(arena, uint64_t, count);
    hst_csv *csv = NULL;
    uint32_t column = 0;
    uint64_t total = 0;
    if (weights == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", table->file);
    }
    HST_TRY(open_table(&csv, table, arena, error));
    HST_TRY(hst_csv_column(csv, "stake_ada", &column, error));
    for (uint32_t i = 0; i < count; i++) {
        bool more = false;
        int64_t stake = 0;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            return hst_error_set(error, HST_NOT_FOUND, "%s: %u rows where %u are needed",
                                 table->file, i, count);
        }
        HST_TRY(hst_csv_int64(csv, column, 0, INT64_MAX / HST_MEMBER_MAX / 8, &stake, error));
        weights[i] = (uint64_t)stake;
        total += weights[i];
    }
    *membership = (hst_membership){.count = count, .weights = weights, .total = total};
    return HST_OK;
}
