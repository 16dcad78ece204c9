/** @file sim/consensus/check.h
 * What must hold whatever happens: checks on every step and every commit of a cluster.
 *
 * A check is a file. Those of protocols that tolerate f faults hold while at most f replicas are
 * faulty; a violation stops the run and says how to repeat it.
 *
 *   agreement     no two replicas commit different blocks at one height
 *   order         heights are committed one after another, each on the one before
 *   integrity     only submitted batches are committed
 *   finality      what is final is never rolled back
 *   votes         no replica votes twice for different things in one view, height and phase,
 *                 not even across a restart
 *   monotone      views never go back within a life, commits never
 *   persistence   records are appended in order; nothing waits for a record that is not coming
 *
 * Private to sim/consensus: the functions are called by the host.
 */
#ifndef HST_SIM_CONSENSUS_CHECK_H
#define HST_SIM_CONSENSUS_CHECK_H

#include "sim/consensus/cluster_internal.h"

/** Before a COMMIT is carried out. */
void hst_check_commit(hst_cluster *cluster, uint32_t index, const hst_effect *effect);
/** Before a ROLLBACK to `height`. */
void hst_check_rollback(hst_cluster *cluster, uint32_t index, uint64_t height);
/** Before FINAL. */
void hst_check_final(hst_cluster *cluster, uint32_t index, uint64_t height);
/** Before a TRANSFER. */
void hst_check_transfer(hst_cluster *cluster, uint32_t index, const hst_effect *effect);
/** Before PERSIST of record `sequence`. */
void hst_check_persist(hst_cluster *cluster, uint32_t index, uint64_t sequence);
/** Before an effect waits for record `after`. */
void hst_check_after(hst_cluster *cluster, uint32_t index, uint64_t after);
/** After every step. */
void hst_check_step(hst_cluster *cluster, uint32_t index);
/** After a restart made a new machine. */
void hst_check_restart(hst_cluster *cluster, uint32_t index, bool with_disk);

/** A replica's last vote against the ones before it (check_votes.c). */
void hst_check_votes(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view);

#endif
