#include "core/base/assert.h"

#include "sim/metrics/schema.h"

#include <stdarg.h>
#include <stdio.h>

/* Streams are sticky: one ferror() at the end sees any failure before it. */
static void print(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    hst_ignore(vfprintf(stream, format, arguments) >= 0 ? HST_OK : HST_IO);
    va_end(arguments);
}

static void put(FILE *stream, const char *text)
{
    print(stream, "%s", text);
}

static void put_introduction(FILE *stream)
{
    put(stream,
        "# Result files\n"
        "\n"
        "<!-- Generated from sim/metrics/schema_tables.c; test_unit_metrics_schema checks this "
        "page, and\n"
        "     rewrites it with HST_GOLDEN_UPDATE=1. -->\n"
        "\n"
        "A run writes one HDF5 file. Look at it with `herstatt inspect`, `h5ls -r`, h5py, or\n"
        "`analysis/herstatt_results.py`, which gives pandas data frames with words and hashes\n"
        "decoded.\n"
        "\n");
    print(stream, "This page describes schema %d.\n\n", HST_RESULT_SCHEMA);
    put(stream,
        "## The seal\n"
        "\n"
        "The first 16,384 bytes are text (HDF5 calls them the user block), so `head -n 8 run.h5`\n"
        "says what a file is:\n"
        "\n"
        "```\n"
        "herstatt result\n"
        "schema 1\n"
        "complete 1\n"
        "size 1048576\n"
        "blake2b <64 hexadecimal digits: BLAKE2b-256 over the digests of its pieces>\n"
        "content <64 hexadecimal digits: the content digest>\n"
        "hdf5 data follows; read with herstatt inspect, h5ls -r, h5py or pandas\n"
        "check <32 hexadecimal digits: BLAKE2b-256 of the lines above, cut>\n"
        "```\n"
        "\n"
        "A piece is 16,384 bytes, from the end of the seal on, the last one what is left; "
        "`blake2b`\n"
        "is BLAKE2b-256 of the pieces' BLAKE2b-256 digests (32 bytes each), one after the other.\n"
        "The rest of the block is spaces, closed by a line feed. A program that checks `size` and\n"
        "`blake2b` before it opens the file has found every truncation and every changed byte.\n"
        "A file that was annotated by other tools no longer matches its seal: keep annotations in\n"
        "a file of their own. While a run is under way its file ends in `.partial` and says\n"
        "`complete 0`.\n"
        "\n"
        "## Digests\n"
        "\n"
        "`/meta/digests` holds one BLAKE2b-256 for each group and dataset, sorted by path, over\n"
        "its path, type, shape, attributes and data (by pieces of 16,384 bytes, as above); the\n"
        "content digest is over all of them.\n"
        "Equal runs have equal content digests on any machine, with any number of threads and any\n"
        "compression. Only `/meta/host` (time, machine) and `/meta/digests` itself are left out.\n"
        "\n"
        "## Conventions\n"
        "\n"
        "* Each table is one dataset of compound rows. Its attribute `title` says what it is; its\n"
        "  attribute `columns` is a small table (name, unit, description):\n"
        "  `pandas.DataFrame(file[\"payments\"].attrs[\"columns\"])`.\n"
        "* Times are nanoseconds from the scenario's start; -1 is never.\n"
        "* `minor` is the minor unit of the row's currency, `micro_usd` a millionth of a US "
        "dollar\n"
        "  at mid, `ppb` parts per billion, `bp` basis points.\n"
        "* An `id` is the row number in /network/institutions, /network/currencies, /corridors or\n"
        "  /ledgers/ledgers; the largest number of its type is none.\n"
        "* An `enum` is an HDF5 enumeration; its words are listed below.\n"
        "* `text N` is UTF-8 padded with zeroes to N bytes; `hash` is 32 bytes.\n"
        "\n");
}

static void put_entries(FILE *stream)
{
    size_t count = 0;
    const hst_schema_entry *entries = hst_schema_entries(&count);
    put(stream, "## Attributes and other datasets\n\n"
                "| object | attribute | type | description |\n|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        const hst_schema_entry *e = &entries[i];
        const char *tick = e->attribute != NULL ? "`" : "";
        print(stream, "| `%s` | %s%s%s | %s | %s |\n", e->path, tick,
              e->attribute != NULL ? e->attribute : "", tick, e->type, e->description);
    }
    put(stream, "\n");
}

static void put_table(FILE *stream, const hst_table_schema *table)
{
    hst_assert(table != NULL);
    hst_assert(table->column_count > 0);
    print(stream,
          "### %s\n\nHolds %s; %u bytes a row.\n\n"
          "| column | type | unit | description |\n|---|---|---|---|\n",
          table->path, table->title, table->row_size);
    for (uint32_t c = 0; c < table->column_count; c++) {
        const hst_column *column = &table->columns[c];
        char type[32];
        hst_schema_type_text(column, type, sizeof type);
        print(stream, "| `%s` | %s | %s | %s |\n", column->name, type, column->unit,
              column->description);
    }
    put(stream, "\n");
}

static void put_words(FILE *stream, const hst_enum_words *words)
{
    hst_assert(words != NULL);
    hst_assert(words->count > 0);
    print(stream, "### enum %s\n\n| number | word | meaning |\n|---|---|---|\n", words->name);
    for (size_t i = 0; i < words->count; i++) {
        const hst_enum_value *value = &words->values[i];
        print(stream, "| %d | `%s` | %s |\n", value->number, value->text, value->description);
    }
}

hst_status hst_schema_markdown(FILE *stream)
{
    hst_assert(stream != NULL);
    put_introduction(stream);
    put_entries(stream);
    put(stream, "## Tables\n\n");
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
        put_table(stream, hst_schema_table((hst_result_table)t));
    }
    put(stream,
        "## Tables of consensus\n\n"
        "Results of `herstatt consensus` and of days with a distributed ledger have these, "
        "others do\nnot. A study of a day has its fault set `scenario` and load 0. `/meta` of a "
        "result of "
        "`herstatt\nconsensus` has the attributes `kind` = \"consensus\", `seed`, `seconds` of "
        "load, "
        "`bandwidth_mbit`\nof every card, `body_kib`, `settings` of parameters (each `setting_<n>` "
        "and\n`setting_<n>_value`), `real_crypto`,\n`costs` (which input is the table of costs), "
        "`studies`, `run_digest` "
        "(BLAKE2b-256 over all rows\nbelow) and `command`; its `/summary` names figures "
        "`protocol.replicas.load.faults.figure`.\n\n");
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        put_table(stream, hst_schema_rare((hst_rare_table)t));
    }
    put(stream,
        "## Tables of line-ups\n\n"
        "Results of `herstatt lineup` have these. `/meta` of such a result has the attributes "
        "`kind` =\n\"lineup\", `lineup` (which input is the line-up), `seeds` and `payments` of "
        "each world,\n`run_digest` and `command`; its `/summary` names figures "
        "`world.router.figure`. Processor time is not in\nit: equal line-ups have equal "
        "results.\n\n");
    for (unsigned t = 0; t < HST_ROUTING_TABLE_COUNT; t++) {
        put_table(stream, hst_schema_routing((hst_routing_table)t));
    }
    put(stream,
        "## Histograms\n\n"
        "Each `/histograms/<name>` has attributes `unit`, `description`, `count`, `min`,\n"
        "`max`, `mean`, `p50`, `p90`, `p99` and `p999`. A bin is at most 1/128 of its values\n"
        "wide.\n\n");
    put_table(stream, hst_schema_histogram());
    put(stream, "## Words of enumerated columns\n\n");
    size_t count = 0;
    const hst_enum_words *const *words = hst_schema_words(&count);
    for (size_t i = 0; i < count; i++) {
        put(stream, i > 0 ? "\n" : "");
        put_words(stream, words[i]);
    }
    return ferror(stream) ? HST_IO : HST_OK;
}
