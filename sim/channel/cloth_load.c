#include "sim/channel/cloth_load.h"

#include "sim/channel/cloth_generate.h"

#include <stdlib.h>
#include <string.h>

/* Texts of files come from the C library, which gives what is large back to the system at once: a
 * run needs no more than its network. */
static void *acquire_text(void *context, size_t size)
{
    (void)context;
    const size_t length = (size + 63) / 64 * 64;
    void *block = aligned_alloc(64, length);
    return block != NULL ? memset(block, 0, length) : NULL;
}

static void release_text(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

static const hst_memory text_memory = {NULL, acquire_text, release_text};

/** What loading needs. */
typedef struct loading {
    const char *folder;
    const char *root;
    hst_arena *arena;
    hst_arena scratch;
    hst_error *error;
} loading;

/** Open one file beside the configuration; the bundle is to be destroyed. */
static hst_status
open_file(loading *l, const char *name, hst_inputs **inputs, hst_cloth_source *source)
{
    char path[HST_INPUT_PATH_SIZE];
    char *shown = HST_ARENA_NEW(&l->scratch, char, HST_ERROR_FILE_SIZE);
    if (shown == NULL) {
        return hst_error_set(l->error, HST_NO_MEMORY, "out of memory");
    }
    HST_TRY(hst_inputs_create_from_disk(text_memory, l->folder, inputs, l->error));
    HST_TRY(hst_inputs_resolve(l->root, name, path, l->error));
    hst_inputs_display_path(*inputs, path, shown);
    source->file = shown;
    return hst_inputs_get(*inputs, path, &source->bytes, &source->size, l->error);
}

/** Read one file with `read` and let it go. */
static hst_status read_file(loading *l,
                            const char *name,
                            hst_status (*read)(loading *, hst_cloth_source, void *),
                            void *into)
{
    hst_inputs *inputs = NULL;
    hst_cloth_source source = {0};
    hst_status status = open_file(l, name, &inputs, &source);
    if (status == HST_OK) {
        status = read(l, source, into);
    }
    hst_inputs_destroy(inputs);
    hst_arena_release(&l->scratch);
    hst_arena_init(&l->scratch, text_memory, 1 << 15);
    return status;
}

static hst_status config_of(loading *l, hst_cloth_source source, void *into)
{
    return hst_cloth_read_config(source, into, l->error);
}

static hst_status nodes_of(loading *l, hst_cloth_source source, void *into)
{
    hst_channel_table *table = into;
    return hst_cloth_read_nodes(source, &l->scratch, &table->node_count, l->error);
}

static hst_status channels_of(loading *l, hst_cloth_source source, void *into)
{
    return hst_cloth_read_channels(source, l->arena, &l->scratch, into, l->error);
}

static hst_status edges_of(loading *l, hst_cloth_source source, void *into)
{
    return hst_cloth_read_edges(source, &l->scratch, into, l->error);
}

static hst_status payments_of(loading *l, hst_cloth_source source, void *into)
{
    hst_cloth_load *load = into;
    return hst_cloth_read_payments(source, load->table.node_count, l->arena, &l->scratch,
                                   &load->payments, l->error);
}

static hst_status load_network(loading *l, uint64_t seed, hst_cloth_load *load)
{
    const hst_cloth_config *c = &load->config;
    HST_TRY(read_file(l, c->nodes_file, nodes_of, &load->table));
    HST_TRY(read_file(l, c->channels_file, channels_of, &load->table));
    if (load->table.count == 0) {
        return hst_error_set(l->error, HST_INVALID, "%s: expected a channel", c->channels_file);
    }
    HST_TRY(read_file(l, c->edges_file, edges_of, &load->table));
    if (c->network_from_file) {
        return HST_OK;
    }
    const hst_channel_table from = load->table;
    const hst_status status = hst_cloth_grow(seed, &from, c->additional_nodes, c->channels_per_node,
                                             1000 * c->capacity_sat, l->arena, &load->table);
    return status == HST_OK
               ? HST_OK
               : hst_error_set(l->error, status, "the grown network: %s", hst_status_text(status));
}

static hst_status
load_all(loading *l, uint64_t seed, struct hst_cloth_draws *draws, hst_cloth_load *load)
{
    HST_TRY(read_file(l, l->root, config_of, &load->config));
    HST_TRY(load_network(l, seed, load));
    const hst_cloth_config *c = &load->config;
    if (c->payments_from_file) {
        return read_file(l, c->payments_file, payments_of, load);
    }
    const hst_status status =
        hst_cloth_draw_payments(draws, load->table.node_count, c->payment_count, c->payment_rate,
                                c->average_sat, l->arena, &load->payments);
    return status == HST_OK ? HST_OK : hst_error_set(l->error, status, "out of memory");
}

hst_status hst_cloth_load_files(const char *config_path,
                                uint64_t seed,
                                struct hst_cloth_draws *draws,
                                hst_arena *arena,
                                hst_cloth_load *load,
                                hst_error *error)
{
    char folder[HST_ERROR_FILE_SIZE];
    char root[HST_ERROR_FILE_SIZE];
    memset(load, 0, sizeof *load);
    HST_TRY(hst_inputs_split(config_path, folder, root, error));
    loading l = {.folder = folder, .root = root, .arena = arena, .error = error};
    hst_arena_init(&l.scratch, text_memory, 1 << 15);
    const hst_status status = load_all(&l, seed, draws, load);
    hst_arena_release(&l.scratch);
    return status;
}
