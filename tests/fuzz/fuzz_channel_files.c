/* Tables of channels and CLoTH's files of any origin: errors carry a place, and what is accepted is
 * a network or a workload that runs. The first byte says which file it is. */
#include "sim/channel/cloth_file.h"
#include "sim/channel/invariant.h"
#include "sim/channel/table_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void *acquire(void *context, size_t size)
{
    (void)context;
    const size_t length = (size + 63) / 64 * 64;
    void *block = aligned_alloc(64, length);
    return block != NULL ? memset(block, 0, length) : NULL;
}

static void release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

static const hst_memory memory = {NULL, acquire, release};

/** A table that was accepted becomes a network that conserves. */
static void check_table(const hst_channel_table *table, hst_arena *arena)
{
    hst_channel_network network;
    uint32_t channel = 0;
    if (table->node_count > 1000) {
        return; /* sound, but slow to build a million times */
    }
    check(hst_channel_network_create(table, HST_CHANNEL_AS_GIVEN, 1, memory, arena, &network) ==
          HST_OK);
    check(hst_channel_check(table, network.ledger, NULL, &channel) == HST_OK);
    hst_channel_network_destroy(&network);
}

/** Two channels between three nodes, for tables that refer to others. */
static hst_channel_table triangle(hst_channel channels[2])
{
    memset(channels, 0, 2 * sizeof channels[0]);
    channels[0] = (hst_channel){.nodes = {0, 1}, .capacity_msat = 1000};
    channels[1] = (hst_channel){.nodes = {1, 2}, .capacity_msat = 500};
    return (hst_channel_table){.node_count = 3, .count = 2, .channels = channels};
}

static hst_status
read_one(uint8_t which, hst_cloth_source source, hst_arena *arena, hst_error *error)
{
    hst_channel channels[2];
    hst_channel_table table = triangle(channels);
    hst_cloth_config config;
    hst_cloth_payments payments;
    uint32_t count = 0;
    hst_status status = HST_OK;
    switch (which % 7) {
    case 0:
        status = hst_cloth_read_config(source, &config, error);
        check(status != HST_OK || (config.payments_from_file || config.payment_rate > 0));
        return status;
    case 1: return hst_cloth_read_nodes(source, arena, &count, error);
    case 2: return hst_cloth_read_channels(source, arena, arena, &table, error);
    case 3:
        status = hst_cloth_read_edges(source, arena, &table, error);
        for (uint32_t i = 0; status == HST_OK && i < table.count; i++) {
            check(channels[i].side[0].given_msat + channels[i].side[1].given_msat ==
                  channels[i].capacity_msat);
        }
        return status;
    case 4:
        status = hst_cloth_read_payments(source, 3, arena, arena, &payments, error);
        for (uint32_t i = 0; status == HST_OK && i < payments.count; i++) {
            check(payments.list[i].sender != payments.list[i].receiver);
        }
        return status;
    case 5:
        status = hst_channel_read_lightning(source.file, source.bytes, source.size, arena, &table,
                                            error);
        break;
    default:
        status =
            hst_channel_read_credit(source.file, source.bytes, source.size, arena, &table, error);
        break;
    }
    if (status == HST_OK && table.count > 0) {
        check_table(&table, arena);
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hst_error error;
    hst_arena arena;
    if (size == 0) {
        return 0;
    }
    hst_error_clear(&error);
    hst_arena_init(&arena, memory, 4096);
    char *bytes = malloc(size); /* exactly, so that a sanitizer sees the byte behind */
    check(bytes != NULL);
    memcpy(bytes, data + 1, size - 1);
    const hst_cloth_source source = {.file = "fuzz", .bytes = bytes, .size = size - 1};
    const hst_status status = read_one(data[0], source, &arena, &error);
    check(status == HST_OK || (error.status == status && error.text[0] != '\0'));
    free(bytes);
    hst_arena_release(&arena);
    return 0;
}
