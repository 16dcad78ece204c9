# The peer: igraph's C library, timed in the same run where it is installed.
if(HST_BENCH_PEERS)
    pkg_check_modules(IGRAPH QUIET IMPORTED_TARGET igraph)
    if(IGRAPH_FOUND)
        list(APPEND HST_BENCH_LINK PkgConfig::IGRAPH)
        set_property(SOURCE case_routing.c APPEND PROPERTY COMPILE_DEFINITIONS HST_HAVE_IGRAPH=1)
    endif()
endif()
