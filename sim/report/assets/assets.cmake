# The chart library as one script: npm ci into the build folder, then plain concatenation.
# -DNPM= -DSOURCE= -DWORK= -DOUTPUT=; without npm, or when it fails, OUTPUT is empty and
# `herstatt report` says what is missing.
file(MAKE_DIRECTORY ${WORK})
file(WRITE ${OUTPUT} "")
if(NOT NPM)
    message("herstatt report: npm not found; reports are left out of this build")
    return()
endif()
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${WORK})
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --omit=dev
    WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE words)
if(NOT result EQUAL 0)
    message("herstatt report: npm ci failed; reports are left out of this build\n${words}")
    return()
endif()
file(READ ${WORK}/node_modules/echarts/dist/echarts.min.js text)
file(APPEND ${OUTPUT} "/* Apache ECharts (Apache-2.0) */\n${text}\n")
