#include "sim/experiment/team.h"

#include "core/base/assert.h"

static hst_status exchange_alone(void *context,
                                 hst_status status,
                                 const hst_team_items *mine,
                                 hst_team_items *all_out,
                                 hst_error *error)
{
    (void)context;
    (void)error;
    if (status == HST_OK) {
        *all_out = *mine;
    }
    return status;
}

hst_team hst_team_alone(void)
{
    return (hst_team){.rank = 0, .ranks = 1, .exchange = exchange_alone};
}

void hst_team_stop(hst_team *team)
{
    hst_assert(team != NULL);
    if (team->stop != NULL) {
        team->stop(team->context);
    }
    *team = (hst_team){.rank = 0, .ranks = 0};
}

hst_status hst_team_exchange(const hst_team *team,
                             hst_status status,
                             const hst_team_items *mine,
                             hst_team_items *all_out,
                             hst_error *error)
{
    hst_assert(team->ranks >= 1);
    hst_assert(team->rank < team->ranks);
    hst_assert(mine->size >= 1);
    hst_assert(mine->bytes != NULL || mine->count == 0);
    hst_assert(error != NULL);
    hst_team_items all = {.bytes = NULL, .count = 0, .size = mine->size};
    if (status != HST_OK && error->status != status) {
        hst_ignore(hst_error_set(error, status, "%s", hst_status_text(status)));
    }
    HST_TRY(team->exchange(team->context, status, mine, &all, error));
    hst_assert(all.size == mine->size);
    hst_assert(all.count >= mine->count);
    if (all_out != NULL) {
        *all_out = all;
    }
    return HST_OK;
}
