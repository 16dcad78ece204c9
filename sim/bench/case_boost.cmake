# The peer: XGBoost's C library, timed in the same run where it is installed.
if(HST_BENCH_PEERS)
    pkg_check_modules(XGBOOST QUIET IMPORTED_TARGET xgboost)
    if(XGBOOST_FOUND)
        list(APPEND HST_BENCH_LINK PkgConfig::XGBOOST)
        set_property(SOURCE case_boost.c APPEND PROPERTY COMPILE_DEFINITIONS HST_HAVE_XGBOOST=1)
    endif()
endif()
