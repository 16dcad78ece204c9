#include "sim/compare/compare.h"

static const char *side_text(const hst_measure *measure, char *buffer, size_t size)
{
    if (measure == NULL) {
        return "-";
    }
    if (measure->kind == HST_MEASURE_TEXT || measure->kind == HST_MEASURE_INPUT) {
        (void)snprintf(buffer, size, "%.10s", measure->text);
    } else {
        (void)snprintf(buffer, size, "%.5g", measure->value);
    }
    return buffer;
}

static const char *share_text(const hst_change *change, char *buffer, size_t size)
{
    const bool both = change->before != NULL && change->after != NULL;
    const bool number = both && (change->before->kind == HST_MEASURE_SPEED ||
                                 change->before->kind == HST_MEASURE_FIGURE);
    if (!number) {
        return both ? "differs" : change->before == NULL ? "new" : "gone";
    }
    (void)snprintf(buffer, size, "%+.2f%%", 100 * change->share);
    return buffer;
}

bool hst_compare_print(const hst_comparison *comparison, FILE *stream)
{
    size_t told = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        const hst_change *change = &comparison->changes[i];
        char old_value[32];
        char new_value[32];
        char share[32];
        if (!change->differs) {
            continue;
        }
        if (told++ == 0) {
            (void)fprintf(stream, "%-30s %10s %10s %9s  verdict\n", "measure", "old", "new",
                          "change");
        }
        (void)fprintf(stream, "%-30.30s %10s %10s %9.9s  %s\n", change->name,
                      side_text(change->before, old_value, sizeof old_value),
                      side_text(change->after, new_value, sizeof new_value),
                      share_text(change, share, sizeof share), hst_verdict_text(change->verdict));
    }
    (void)fprintf(stream, "%zu measures: %zu same, %zu improved, %zu regressed, %zu behaviour\n",
                  comparison->count, comparison->counts[HST_VERDICT_SAME],
                  comparison->counts[HST_VERDICT_IMPROVED],
                  comparison->counts[HST_VERDICT_REGRESSED],
                  comparison->counts[HST_VERDICT_BEHAVIOUR_CHANGED]);
    if (comparison->undecidable > 0) {
        (void)fprintf(stream, "%zu cases have too few runs for any verdict; add rounds\n",
                      comparison->undecidable);
    }
    (void)fprintf(stream, "verdict  %s\n", hst_verdict_text(comparison->verdict));
    return ferror(stream) == 0;
}

bool hst_compare_markdown(const hst_comparison *comparison, FILE *stream)
{
    (void)fprintf(stream,
                  "**herstatt compare: %s**\n\n| measure | old | new | change | interval | "
                  "verdict |\n|---|---:|---:|---:|---|---|\n",
                  hst_verdict_text(comparison->verdict));
    for (size_t i = 0; i < comparison->count; i++) {
        const hst_change *change = &comparison->changes[i];
        char old_value[32];
        char new_value[32];
        char share[32];
        if (change->differs) {
            (void)fprintf(stream, "| `%s` | %s | %s | %s | %+.2f%% ... %+.2f%% | %s |\n",
                          change->name, side_text(change->before, old_value, sizeof old_value),
                          side_text(change->after, new_value, sizeof new_value),
                          share_text(change, share, sizeof share), 100 * change->low,
                          100 * change->high, hst_verdict_text(change->verdict));
        }
    }
    (void)fprintf(stream, "\n%zu measures compared, %zu with too few runs to judge.\n",
                  comparison->count, comparison->undecidable);
    return ferror(stream) == 0;
}
