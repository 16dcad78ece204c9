#include "core/consensus/tendermint/tendermint.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    test_contract(&hst_protocol_tendermint, 4, true);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
