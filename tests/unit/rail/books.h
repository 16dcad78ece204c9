/** @file tests/unit/rail/books.h
 * Small books with three banks of one settlement system, for tests of the rails.
 */
#ifndef HST_TESTS_UNIT_RAIL_BOOKS_H
#define HST_TESTS_UNIT_RAIL_BOOKS_H

#include "sim/bank/books.h"

#include "tests/unit/bank/world.h"

/** Books, and three participants of one system. */
typedef struct rail_world {
    test_world w;      /**< tables and institutions */
    hst_books books;   /**< all open */
    uint32_t banks[3]; /**< participants of one system */
} rail_world;

/** Reserves of `minor` each, no credit; nostros of `nostro_minor`, no line. */
static inline hst_status rail_world_open(rail_world *r, int64_t minor, int64_t nostro_minor)
{
    uint32_t found = 0;
    HST_TRY(test_world_load(&r->w, NULL, 0));
    HST_TRY(hst_books_create(&r->w.institutions, 1, NULL, false, hst_os_memory(), &r->w.arena,
                             &r->books, &r->w.error));
    for (uint32_t i = 0; i < r->w.institutions.relation_count; i++) {
        HST_TRY(hst_books_open_relation(&r->books, i, nostro_minor, 0));
    }
    for (uint32_t i = 0; i < r->w.institutions.count && found < 3; i++) {
        const hst_institution *one = &r->w.institutions.all[i];
        if (one->has_reserves &&
            (found == 0 || one->country == r->w.institutions.all[r->banks[0]].country)) {
            HST_TRY(hst_books_open_reserves(&r->books, i, minor, 0));
            r->banks[found++] = i;
        } else if (one->has_reserves) {
            found = 0;
            HST_TRY(hst_books_open_reserves(&r->books, i, minor, 0));
            r->banks[found++] = i;
        }
    }
    return found == 3 ? HST_OK : HST_NOT_FOUND;
}

/** Give everything back. */
static inline void rail_world_release(rail_world *r)
{
    hst_books_release(&r->books);
    test_world_release(&r->w);
}

#endif
