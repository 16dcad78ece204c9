# The peer: igraph's C library, timed in the same run where it is installed.
if(HST_BENCH_PEERS)
    pkg_check_modules(IGRAPH QUIET IMPORTED_TARGET igraph)
    if(IGRAPH_FOUND)
        list(APPEND HST_BENCH_LINK PkgConfig::IGRAPH)
        set_property(SOURCE case_routing.c APPEND PROPERTY COMPILE_DEFINITIONS HST_HAVE_IGRAPH=1)
    endif()
endif()

# Another: LEMON's network simplex, in C++. Nothing else here is; its file is built on its own, with
# the C++ compiler's defaults.
if(HST_BENCH_PEERS AND CMAKE_CXX_COMPILER)
    find_path(LEMON_INCLUDE lemon/network_simplex.h)
    find_library(LEMON_LIBRARY NAMES lemon)
    if(LEMON_INCLUDE AND LEMON_LIBRARY)
        add_library(hst_bench_lemon STATIC peer_lemon.cpp)
        target_include_directories(hst_bench_lemon PRIVATE ${CMAKE_SOURCE_DIR})
        target_include_directories(hst_bench_lemon SYSTEM PRIVATE ${LEMON_INCLUDE})
        target_link_libraries(hst_bench_lemon PUBLIC ${LEMON_LIBRARY} stdc++)
        list(APPEND HST_BENCH_LINK hst_bench_lemon)
        set_property(SOURCE case_routing.c APPEND PROPERTY COMPILE_DEFINITIONS HST_HAVE_LEMON=1)
    endif()
endif()
