/* Messages as bytes. */
#include "core/consensus/raft/machine.h"

bool hst_raft_plausible(const hst_raft *m, uint64_t term, uint64_t index)
{
    return term <= m->term + (UINT64_C(1) << 32) && index < UINT64_C(1) << 48;
}

void hst_raft_write_entry(hst_wire *wire, const hst_raft_entry *entry)
{
    hst_wire_u64(wire, entry->term);
    hst_wire_batch(wire, &entry->batch);
    hst_wire_u32(wire, entry->proposer);
}

hst_raft_entry hst_raft_read_entry(hst_wire_reader *reader)
{
    hst_raft_entry entry = {0};
    entry.term = hst_wire_read_u64(reader);
    entry.batch = hst_wire_read_batch(reader);
    entry.proposer = hst_wire_read_u32(reader);
    return entry;
}

static hst_wire *write_head(const hst_raft *m, uint8_t kind, uint64_t prev, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, kind);
    hst_wire_u64(wire, m->term);
    hst_wire_u64(wire, prev);
    hst_wire_u64(wire, hst_raft_term_at(m, prev));
    hst_wire_u64(wire, m->commit);
    return wire;
}

void hst_raft_write_append(const hst_raft *m, uint64_t index, hst_effects *effects)
{
    hst_wire *wire = write_head(m, HST_RAFT_APPEND_ENTRIES, index - 1, effects);
    hst_raft_write_entry(wire, hst_raft_at(m, index));
}

void hst_raft_write_heartbeat(const hst_raft *m, uint8_t kind, hst_effects *effects)
{
    (void)write_head(m, kind, m->last, effects);
}

bool hst_raft_read_append(const hst_raft *m,
                          hst_wire_reader *reader,
                          bool whole,
                          hst_raft_append *append)
{
    *append = (hst_raft_append){0};
    append->term = hst_wire_read_u64(reader);
    append->prev = hst_wire_read_u64(reader);
    append->prev_term = hst_wire_read_u64(reader);
    append->commit = hst_wire_read_u64(reader);
    if (whole) {
        append->entry = hst_raft_read_entry(reader);
    }
    return hst_wire_read_done(reader) && hst_raft_plausible(m, append->term, append->prev) &&
           hst_raft_plausible(m, 0, append->commit) && append->prev_term <= append->term &&
           append->entry.term <= append->term &&
           append->entry.proposer < m->config.membership->count;
}

void hst_raft_write_result(uint8_t kind, const hst_raft_result *result, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, kind);
    hst_wire_u64(wire, result->term);
    hst_wire_u8(wire, result->rejected ? 1 : 0);
    hst_wire_u64(wire, result->index);
    hst_wire_u64(wire, result->index_term);
}

bool hst_raft_read_result(const hst_raft *m, hst_wire_reader *reader, hst_raft_result *result)
{
    result->term = hst_wire_read_u64(reader);
    const uint8_t rejected = hst_wire_read_u8(reader);
    result->rejected = rejected != 0;
    result->index = hst_wire_read_u64(reader);
    result->index_term = hst_wire_read_u64(reader);
    return hst_wire_read_done(reader) && rejected <= 1 &&
           hst_raft_plausible(m, result->term, result->index);
}
