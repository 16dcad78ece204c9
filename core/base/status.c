#include "core/base/status.h"

const char *hst_status_text(hst_status status)
{
    switch (status) {
#define X(name, number, text)                                                                      \
    case HST_##name: return text;
        HST_STATUS_MAP(X)
#undef X
    }
    return "unknown status";
}

const char *hst_status_name(hst_status status)
{
    switch (status) {
#define X(name, number, text)                                                                      \
    case HST_##name: return #name;
        HST_STATUS_MAP(X)
#undef X
    }
    return "UNKNOWN";
}
