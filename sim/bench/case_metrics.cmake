list(APPEND HST_BENCH_LINK hdf5::hdf5_hl) # the baseline: packet tables
set_property(SOURCE case_metrics.c APPEND PROPERTY COMPILE_DEFINITIONS _DEFAULT_SOURCE) # mkdtemp
