#include "core/ledger/result.h"

#include "core/base/assert.h"

#include <stddef.h>

/** One row of the table. */
typedef struct result_row {
    const char *name;
    const char *text;
    uint32_t step;
    bool transient;
} result_row;

/** By number; numbers without a row have no name. */
static const result_row rows[] = {
#define X(name, number, step, transient, text) [number] = {#name, text, step, (transient) != 0},
    HST_LEDGER_RESULT_MAP(X)
#undef X
};

static const result_row *row_of(hst_ledger_result result)
{
    hst_assert((size_t)result < sizeof rows / sizeof rows[0]);
    const result_row *row = &rows[result];
    hst_assert(row->name != NULL);
    return row;
}

const char *hst_ledger_result_name(hst_ledger_result result)
{
    return row_of(result)->name;
}

const char *hst_ledger_result_text(hst_ledger_result result)
{
    return row_of(result)->text;
}

uint32_t hst_ledger_result_step(hst_ledger_result result)
{
    return row_of(result)->step;
}

bool hst_ledger_result_transient(hst_ledger_result result)
{
    return row_of(result)->transient;
}
