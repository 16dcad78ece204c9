#include "sim/compare/compare.h"

#include <math.h>

#include <jansson.h>

/** JSON has no infinities and no "not a number". */
static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *side(const hst_measure *measure)
{
    if (measure == NULL) {
        return json_null();
    }
    return measure->text[0] != '\0' ? json_string(measure->text) : real(measure->value);
}

static json_t *change_json(const hst_change *change)
{
    const hst_measure *one = change->after != NULL ? change->after : change->before;
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:s}", "name",
                     change->name, "unit", one->unit, "old", side(change->before), "new",
                     side(change->after), "change", real(change->share), "low", real(change->low),
                     "high", real(change->high), "p", real(change->p), "differs",
                     (int)change->differs, "undecidable", (int)change->undecidable, "verdict",
                     hst_verdict_text(change->verdict));
}

/** Print and give back. */
static bool dump(json_t *root, FILE *stream)
{
    const bool printed = root != NULL && json_dumpf(root, stream, JSON_INDENT(2)) == 0;
    json_decref(root);
    return printed && fputc('\n', stream) != EOF && ferror(stream) == 0;
}

bool hst_compare_json(const hst_comparison *comparison, FILE *stream)
{
    json_t *list = json_array();
    bool complete = true;
    for (size_t i = 0; i < comparison->count; i++) {
        complete =
            json_array_append_new(list, change_json(&comparison->changes[i])) == 0 && complete;
    }
    json_t *root =
        json_pack("{s:s, s:s, s:i, s:o}", "verdict", hst_verdict_text(comparison->verdict), "kind",
                  comparison->is_bench ? "benchmark" : "result", "undecidable",
                  (int)comparison->undecidable, "changes", list);
    return dump(root, stream) && complete;
}

bool hst_compare_dashboard(const hst_comparison *comparison, FILE *stream)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (size_t i = 0; i < comparison->count; i++) {
        const hst_measure *one = comparison->changes[i].after;
        if (one == NULL || one->text[0] != '\0' || !isfinite(one->value)) {
            continue;
        }
        double low = one->value;
        double high = one->value;
        for (size_t s = 0; s < one->sample_count; s++) {
            low = fmin(low, one->samples[s]);
            high = fmax(high, one->samples[s]);
        }
        char range[48];
        (void)snprintf(range, sizeof range, "%.6g", (high - low) / 2);
        json_t *entry = json_pack("{s:s, s:s, s:f, s:s, s:s}", "name", one->name, "unit", one->unit,
                                  "value", one->value, "range", range, "extra",
                                  hst_verdict_text(comparison->changes[i].verdict));
        complete = json_array_append_new(list, entry) == 0 && complete;
    }
    return dump(list, stream) && complete;
}

static void put_xml(const char *text, FILE *stream)
{
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        switch (*text) {
        case '<': (void)fputs("&lt;", stream); break;
        case '>': (void)fputs("&gt;", stream); break;
        case '&': (void)fputs("&amp;", stream); break;
        case '"': (void)fputs("&quot;", stream); break;
        default: (void)fputc(byte < 0x20 ? '?' : byte, stream); break;
        }
    }
}

bool hst_compare_junit(const hst_comparison *comparison, FILE *stream)
{
    const size_t failed = comparison->counts[HST_VERDICT_REGRESSED] +
                          comparison->counts[HST_VERDICT_BEHAVIOUR_CHANGED];
    (void)fprintf(stream,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<testsuite name=\"herstatt compare\" tests=\"%zu\" failures=\"%zu\">\n",
                  comparison->count, failed);
    for (size_t i = 0; i < comparison->count; i++) {
        const hst_change *change = &comparison->changes[i];
        (void)fputs("  <testcase classname=\"herstatt.compare\" name=\"", stream);
        put_xml(change->name, stream);
        if (change->verdict >= HST_VERDICT_REGRESSED) {
            (void)fprintf(stream, "\">\n    <failure message=\"%s: %+.2f%%\"/>\n  </testcase>\n",
                          hst_verdict_text(change->verdict), 100 * change->share);
        } else {
            (void)fputs("\"/>\n", stream);
        }
    }
    (void)fputs("</testsuite>\n", stream);
    return ferror(stream) == 0;
}
