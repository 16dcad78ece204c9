/* Messages as bytes: what is counted without being kept. */
#include "core/consensus/certificate.h"
#include "core/consensus/effects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void write_something(hst_wire *wire)
{
    const hst_statement statement = {.phase = 3, .view = 5, .height = 7, .id = {{9}}};
    hst_wire_u8(wire, 1);
    hst_wire_statement(wire, &statement);
    hst_wire_u16(wire, 2);
    hst_wire_signature_slot(wire);
}

static void what_is_discarded_is_counted_as_if_it_were_kept(void **state)
{
    uint8_t kept[256] = {0};
    uint8_t unkept[256] = {0};
    const uint8_t nothing[256] = {0};
    (void)state;
    for (uint32_t size = 0; size <= sizeof kept; size++) {
        hst_wire a, b;
        hst_wire_begin(&a, kept, size, true);
        hst_wire_begin(&b, unkept, size, true);
        hst_wire_discard(&b);
        write_something(&a);
        write_something(&b);
        assert_int_equal(a.full, b.full);
        assert_true(a.full || a.at == b.at);
        assert_int_equal(a.limit, b.limit);
    }
    assert_memory_equal(unkept, nothing, sizeof nothing);
}

static void only_what_is_discarded_may_be_skipped(void **state)
{
    uint8_t bytes[16];
    (void)state;
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_wire_skip(&wire, 1);
    assert_true(wire.full);
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_wire_discard(&wire);
    hst_wire_skip(&wire, 10);
    hst_wire_u32(&wire, 4);
    assert_false(wire.full);
    assert_int_equal(wire.at, 14);
    hst_wire_skip(&wire, 3);
    assert_true(wire.full);
}

static void bits_of_a_word_are_counted_one_by_one(void **state)
{
    (void)state;
    uint64_t word = 1;
    for (uint32_t round = 0; round < 10000; round++) {
        uint32_t bits = 0;
        for (uint32_t b = 0; b < 64; b++) {
            bits += (word >> b & 1) != 0 ? 1 : 0;
        }
        assert_int_equal(hst_member_bits(word), bits);
        word = round == 0 ? 0 : round == 1 ? UINT64_MAX : word * UINT64_C(0x9e3779b97f4a7c15) + 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_discarded_is_counted_as_if_it_were_kept),
        cmocka_unit_test(only_what_is_discarded_may_be_skipped),
        cmocka_unit_test(bits_of_a_word_are_counted_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
