#include "core/ledger/internal.h"

/* Expiries to come as a binary heap by (time, age). An entry whose transfer was resolved otherwise
 * stays until it comes up or until such entries are the most. */

static hst_expiry *at(const hst_ledger *l, uint64_t i)
{
    return hst_column_at(&l->expiries, i);
}

static bool earlier(hst_expiry a, hst_expiry b)
{
    return a.expires != b.expires ? a.expires < b.expires : a.pending < b.pending;
}

static void sift_up(hst_ledger *l, uint64_t i)
{
    const hst_expiry moved = *at(l, i);
    while (i > 0 && earlier(moved, *at(l, (i - 1) / 2))) {
        *at(l, i) = *at(l, (i - 1) / 2);
        i = (i - 1) / 2;
    }
    *at(l, i) = moved;
}

static void sift_down(hst_ledger *l, uint64_t i)
{
    const uint64_t count = l->expiries.count;
    const hst_expiry moved = *at(l, i);
    for (;;) {
        uint64_t child = 2 * i + 1;
        if (child >= count) {
            break;
        }
        child += child + 1 < count && earlier(*at(l, child + 1), *at(l, child));
        if (!earlier(*at(l, child), moved)) {
            break;
        }
        *at(l, i) = *at(l, child);
        i = child;
    }
    *at(l, i) = moved;
}

void hst_expiry_push(hst_ledger *l, int64_t expires, uint32_t pending)
{
    hst_assert(l->expiries.count < l->expiries.capacity);
    hst_assert(expires != INT64_MAX);
    const uint64_t last = l->expiries.count++;
    *at(l, last) = (hst_expiry){.expires = expires, .pending = pending};
    sift_up(l, last);
    l->expiries_live += hst_pending_at(l, pending)->status == HST_PENDING_OPEN;
}

static bool is_open(const hst_ledger *l, uint32_t pending)
{
    return hst_pending_at(l, pending)->status == HST_PENDING_OPEN;
}

static void drop_resolved(hst_ledger *l)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < l->expiries.count; i++) {
        if (is_open(l, at(l, i)->pending)) {
            *at(l, kept++) = *at(l, i);
        }
    }
    hst_assert(kept == l->expiries_live);
    l->expiries.count = kept;
    for (uint64_t i = kept / 2; i > 0; i--) {
        sift_down(l, i - 1);
    }
}

hst_status hst_expiry_reserve(hst_ledger *l, uint64_t extra)
{
    enum { SMALL = 64 };
    if (l->expiries.capacity - l->expiries.count < extra &&
        l->expiries.count > 2 * l->expiries_live + SMALL) {
        drop_resolved(l);
    }
    return hst_column_reserve(&l->expiries, &l->memory, extra);
}

static void pop(hst_ledger *l)
{
    hst_assert(l->expiries.count > 0);
    *at(l, 0) = *at(l, l->expiries.count - 1);
    l->expiries.count--;
    if (l->expiries.count > 0) {
        sift_down(l, 0);
    }
}

/** Release one transfer at the very time it expires. */
static hst_status expire_first(hst_ledger *l)
{
    const hst_expiry first = *at(l, 0);
    if (is_open(l, first.pending)) {
        HST_TRY(hst_ledger_reserve(l, 1, 0, false));
        l->time = first.expires > l->time ? first.expires : l->time;
        hst_log_time(l);
        hst_movement_expire(l, first.pending);
    }
    pop(l);
    return HST_OK;
}

hst_status hst_ledger_advance(hst_ledger *l, int64_t time_ns)
{
    hst_assert(time_ns >= l->time);
    hst_assert(time_ns <= HST_LEDGER_TIME_MAX);
    while (l->expiries.count > 0 && at(l, 0)->expires <= time_ns) {
        HST_TRY(expire_first(l));
    }
    l->time = time_ns;
    return HST_OK;
}

hst_status hst_ledger_advance_logged(hst_ledger *l, int64_t time_ns)
{
    HST_TRY(hst_ledger_advance(l, time_ns));
    HST_TRY(hst_ledger_reserve(l, 0, 0, false));
    hst_log_time(l);
    return HST_OK;
}

int64_t hst_ledger_time_ns(const hst_ledger *ledger)
{
    return ledger->time;
}
