/* Certificates are what they are taken for. Whatever an honest replica passes on as one (several
 * signers of one statement) names a quorum; parts of a timeout certificate, whose statements
 * differ, do so together. And no two certificates of one phase, view and height name different
 * blocks: those who signed both are more than f, and guilty. Aggregates of a committee (Gasper) are
 * none. */
#include "core/consensus/certificate.h"

#include "sim/consensus/check.h"
#include "sim/consensus/host.h"

#include <inttypes.h>
#include <string.h>

enum { WORDS = HST_MEMBER_MAX / 64 };

/* Signers of one statement of a message. */
typedef struct group {
    uint64_t signers[WORDS];
    uint32_t statement; /* where it lies */
    uint32_t members;
} group;

/* The next group from claim `at` on; where the one after it begins. */
static uint32_t
take_group(const hst_claim *claims, uint32_t count, uint32_t at, uint32_t words, group *out)
{
    out->statement = claims[at].statement;
    memset(out->signers, 0, words * sizeof *out->signers);
    uint64_t bits = 0; /* of a word at a time: signers mostly ascend */
    uint32_t word = 0;
    for (; at < count && claims[at].statement == out->statement; at++) {
        if (claims[at].signer / 64 != word) {
            out->signers[word] |= bits;
            bits = 0;
            word = claims[at].signer / 64;
        }
        bits |= UINT64_C(1) << (claims[at].signer % 64);
    }
    out->signers[word] |= bits;
    out->members = hst_member_count(out->signers, words);
    return at;
}

/* Two certificates for one phase, view and height. Those of the past few are remembered. */
static void compare(hst_cluster *cluster, uint32_t index, const uint8_t *bytes, const group *one)
{
    hst_wire_reader reader = {.bytes = bytes, .size = one->statement + HST_STATEMENT_SIZE};
    reader.at = one->statement;
    const hst_statement statement = hst_wire_read_statement(&reader);
    const uint64_t key = (statement.view * 31 + statement.height) * 8 + statement.phase;
    hst_cluster_certificate *known = &cluster->certificates[key % HST_CLUSTER_CERTIFICATES];
    const bool same = known->statement.phase == statement.phase &&
                      known->statement.view == statement.view &&
                      known->statement.height == statement.height && known->signers != 0;
    if (same && !hst_hash_equal(&known->statement.id, &statement.id)) {
        hst_cluster_violate(cluster, "certificate", index, statement.height,
                            "has a certificate of view %" PRIu64 ", phase %" PRIu8
                            " for another block than an earlier one",
                            statement.view, statement.phase);
        cluster->violation.guilty |= known->signers & one->signers[0];
        hst_check_name_guilty(cluster);
        return;
    }
    known->statement = statement;
    known->signers |= one->signers[0];
    if (!same) {
        known->signers = one->signers[0];
    }
}

/* True when everything in it that several signed is a certificate by itself: so it is whoever sends
 * it. */
static bool audit(hst_cluster *cluster, uint32_t index, const uint8_t *bytes, uint32_t count)
{
    const hst_membership *members = cluster->options.membership;
    const uint32_t words = hst_member_words(cluster->count);
    const uint64_t quorum = hst_quorum(members->total);
    uint64_t parts[WORDS];
    bool partial = false;
    group one;
    memset(parts, 0, words * sizeof *parts);
    for (uint32_t at = 0; at < count;) {
        at = take_group(cluster->claims, count, at, words, &one);
        if (one.members > 1 && hst_member_weight(members, one.signers) >= quorum) {
            compare(cluster, index, bytes, &one);
            continue;
        }
        partial = partial || one.members > 1;
        for (uint32_t w = 0; w < words; w++) {
            parts[w] |= one.signers[w];
        }
    }
    if (partial && hst_member_weight(members, parts) < quorum) {
        hst_cluster_violate(cluster, "certificate", index, 0,
                            "passes on a certificate of weight %" PRIu64 " where %" PRIu64
                            " is a quorum",
                            hst_member_weight(members, parts), quorum);
    }
    return !partial;
}

/* Where a message of these bytes is remembered; NULL when it is too long or too short. */
static hst_cluster_audited *audited_at(hst_cluster *cluster, const uint8_t *bytes, uint32_t size)
{
    uint64_t first, last;
    if (size > HST_CLUSTER_AUDITED_BYTES || size < 1 + sizeof first) {
        return NULL;
    }
    memcpy(&first, bytes + 1, sizeof first);
    memcpy(&last, bytes + size - sizeof last, sizeof last);
    const uint64_t mark = (first * 31 + last) * 31 + size;
    return &cluster->audited[(mark ^ mark >> 32 ^ mark >> 16) % HST_CLUSTER_AUDITED];
}

void hst_check_certificates(hst_cluster *cluster,
                            uint32_t index,
                            const uint8_t *bytes,
                            uint32_t size)
{
    const hst_replica *replica = &cluster->replicas[index];
    const hst_consensus_protocol *protocol = replica->protocol;
    if (protocol->model != HST_FAULTS_BYZANTINE || protocol->finality != HST_FINALITY_IMMEDIATE ||
        bytes[0] >= protocol->kind_count || protocol->kinds[bytes[0]].role == HST_ROLE_VOTE ||
        hst_replica_is_byzantine(cluster, index)) {
        return;
    }
    hst_cluster_audited *before = audited_at(cluster, bytes, size);
    if (before != NULL && before->size == size && memcmp(before->bytes, bytes, size) == 0) {
        return;
    }
    const uint32_t count = hst_host_claims(cluster, index, index, bytes, size);
    if (count > 1 && cluster->claims[0].size == HST_STATEMENT_SIZE &&
        audit(cluster, index, bytes, count) && before != NULL && cluster->violation.check == NULL) {
        before->size = size;
        memcpy(before->bytes, bytes, size);
    }
}
