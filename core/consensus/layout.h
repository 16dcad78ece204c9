/** @file core/consensus/layout.h
 * One block of memory divided into arrays, measured and laid out by the same function.
 *
 *   static machine *lay_out(hst_layout *layout, const hst_consensus_config *config)
 *   {
 *       machine *m = hst_layout_take(layout, 1, sizeof *m);       NULL while measuring
 *       slot *slots = hst_layout_take(layout, WINDOW, sizeof *slots);
 *       if (m != NULL) { m->slots = slots; }
 *       return m;
 *   }
 *
 * With base NULL it only counts, which gives state_size; with the caller's memory it hands out
 * 64-byte aligned pieces, which gives init.
 */
#ifndef HST_CORE_CONSENSUS_LAYOUT_H
#define HST_CORE_CONSENSUS_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/** Where the next piece goes. */
typedef struct hst_layout {
    uint8_t *base; /**< NULL = measure only */
    size_t at;     /**< bytes so far */
} hst_layout;

/** Room for `count` things of `size` bytes; NULL while measuring. */
static inline void *hst_layout_take(hst_layout *layout, size_t count, size_t size)
{
    void *piece = layout->base != NULL ? layout->base + layout->at : NULL;
    layout->at += (count * size + 63) / 64 * 64;
    return piece;
}

#endif
