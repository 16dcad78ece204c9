# The chart library and the outline of the world as one script: npm ci into the build folder, then
# plain concatenation. -DHST_NPM= -DSOURCE= -DWORK= -DOUTPUT=; without npm, or when it fails, OUTPUT
# is empty, a report has tables without pictures, and the next build tries again.
file(MAKE_DIRECTORY ${WORK})

function(give_up words)
    message("herstatt report: ${words}; reports of this build have no pictures")
    file(WRITE ${OUTPUT} "")
    file(WRITE ${OUTPUT}.d "${OUTPUT}: ${WORK}/never-there\n")
endfunction()

find_program(npm NAMES ${HST_NPM} NO_CACHE)
if(NOT npm)
    give_up("npm not found")
    return()
endif()
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${WORK})
execute_process(COMMAND ${npm} ci --ignore-scripts --no-audit --no-fund --omit=dev
    WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE words)
if(NOT result EQUAL 0)
    message("${words}")
    give_up("npm ci failed")
    return()
endif()
# Text passes through variables unchanged but for brackets and semicolons in lists; none is made.
file(READ ${WORK}/node_modules/echarts/dist/echarts.min.js charts)
file(READ ${WORK}/node_modules/topojson-client/dist/topojson-client.min.js topology)
file(READ ${WORK}/node_modules/world-atlas/countries-110m.json world)
string(STRIP "${world}" world)
file(WRITE ${OUTPUT} "/* Apache ECharts (Apache-2.0) */\n")
file(APPEND ${OUTPUT} "${charts}\n/* topojson-client (ISC) */\n" "${topology}"
    "\n/* world-atlas (ISC), from Natural Earth (public domain) */\nvar herstattWorld=" "${world}" ";\n")
# A list without entries would count as missing, and missing as changed.
file(WRITE ${OUTPUT}.d "${OUTPUT}: ${SOURCE}/package-lock.json\n")
