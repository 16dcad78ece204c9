/** @file sim/consensus/check.h
 * What must hold whatever happens: checks on every step and every commit of a cluster.
 *
 * A check is a file, check_<name>.c. Those of protocols that tolerate f faults hold while at most f
 * replicas are faulty; a violation stops the run and says how to repeat it.
 *
 *   agreement     no two replicas commit different blocks at one height
 *   order         heights are committed one after another, each on the one before
 *   integrity     only submitted batches are committed (validity)
 *   finality      what is final is never rolled back, and nobody has another block there for good
 *   state         state roots are equal at equal heights
 *   votes         no replica votes twice for different things in one view, height and phase,
 *                 not even across a restart
 *   monotone      views never go back within a life, commits never
 *   persistence   records are appended in order; nothing waits for a record that is not coming
 *   leader        where faults are crashes, a view has one leader at most
 *   certificate   what is passed on as a certificate names a quorum; no two name different blocks
 *                 in one view, height and phase
 *   evidence      nobody honest is accused; a fork names who voted for both sides (check_guilt.c)
 *   bounded       machines do not go on answering each other while no time passes
 *
 * Liveness is watched by whoever runs a cluster (chaos.h, study.h): everything submitted is decided
 * within a time after the last fault, so nobody's batches are starved either.
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
/** A block is executed, of whose batches those in `entered` are new: moves the replica's root. */
void hst_check_execute(hst_cluster *cluster,
                       uint32_t index,
                       const hst_effect *effect,
                       const hst_entered *entered);
/** A replica's root at a height that is final for it, against that of those who have it for good.
 */
void hst_check_root(hst_cluster *cluster, uint32_t index, uint64_t height, const hst_hash *root);
/** After every step. */
void hst_check_step(hst_cluster *cluster, uint32_t index);
/** After a restart made a new machine. */
void hst_check_restart(hst_cluster *cluster, uint32_t index, bool with_disk);

/** After every step of a Byzantine replica: its votes are remembered, nothing is checked. */
void hst_check_byzantine_step(hst_cluster *cluster, uint32_t index);
/** Before a message of a replica goes out. */
void hst_check_certificates(hst_cluster *cluster,
                            uint32_t index,
                            const uint8_t *bytes,
                            uint32_t size);
/** A replica gave evidence against another. */
void hst_check_evidence(hst_cluster *cluster, uint32_t index, uint32_t guilty);

/* ---- one file each; called by the above ------------------------------------------------------ */

/** What a replica has for good at a height is what the first one has there; `check` names the
 * violation. */
void hst_check_agreement(hst_cluster *cluster,
                         const char *check,
                         uint32_t index,
                         uint64_t height,
                         const hst_hash *id,
                         uint64_t batch);
/** Height and parent of a COMMIT. */
void hst_check_order(hst_cluster *cluster, uint32_t index, const hst_effect *effect);
/** Batch of a COMMIT. */
void hst_check_integrity(hst_cluster *cluster, uint32_t index, const hst_effect *effect);
/** View and commit against those after the last step. */
void hst_check_monotone(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view);
/** One leader a view. */
void hst_check_leader(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view);
/** A replica's last vote against the ones before it. */
void hst_check_votes(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view);
/** Steps at one instant. */
void hst_check_bounded(hst_cluster *cluster, uint32_t index);
/** Keep a machine's last vote, where replicas may be Byzantine. */
void hst_check_remember(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view);
/** Fill in who voted for both sides of a fork. */
void hst_check_name_guilty(hst_cluster *cluster);

#endif
