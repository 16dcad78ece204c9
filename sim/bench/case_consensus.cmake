# Protocols are measured in the cluster that hosts them.
list(APPEND HST_BENCH_LINK hst_sim_consensus)
