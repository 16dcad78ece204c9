/* The chart library, scripts, style and places as bytes of this program. */
#include "sim/report/assets.h"

#define INCLUDE_BYTES(name, path)                                                                  \
    __asm__(".pushsection .rodata\n"                                                               \
            ".hidden hst_asset_" #name "_begin\n.globl hst_asset_" #name "_begin\n"                \
            "hst_asset_" #name "_begin:\n.incbin \"" path "\"\n"                                   \
            ".hidden hst_asset_" #name "_end\n.globl hst_asset_" #name "_end\n"                    \
            "hst_asset_" #name "_end:\n.byte 0\n.popsection\n");                                   \
    extern const char hst_asset_##name##_begin[];                                                  \
    extern const char hst_asset_##name##_end[]

INCLUDE_BYTES(library, HST_LIBRARY);
INCLUDE_BYTES(charts, HST_ASSETS "/charts.js");
INCLUDE_BYTES(map, HST_ASSETS "/map.js");
INCLUDE_BYTES(script, HST_ASSETS "/report.js");
INCLUDE_BYTES(style, HST_ASSETS "/report.css");
INCLUDE_BYTES(places, HST_PLACES);

static hst_text between(const char *begin, const char *end)
{
    return (hst_text){begin, (size_t)(end - begin)};
}

hst_text hst_report_library(void)
{
    return between(hst_asset_library_begin, hst_asset_library_end);
}

hst_text hst_report_charts(void)
{
    return between(hst_asset_charts_begin, hst_asset_charts_end);
}

hst_text hst_report_map(void)
{
    return between(hst_asset_map_begin, hst_asset_map_end);
}

hst_text hst_report_script(void)
{
    return between(hst_asset_script_begin, hst_asset_script_end);
}

hst_text hst_report_style(void)
{
    return between(hst_asset_style_begin, hst_asset_style_end);
}

hst_text hst_report_places_table(void)
{
    return between(hst_asset_places_begin, hst_asset_places_end);
}
