list(APPEND HST_BENCH_LINK hdf5::hdf5_hl) # the baseline: packet tables
