#include "sim/metrics/hdf5_support.h"

#include "core/base/assert.h"

#include "sim/metrics/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "rows are stored as they lie in memory");

void hst_hdf5_enter(void)
{
    /* Work at exit would try once more to write a file whose disk was full. Only the first call,
     * before the library starts, has an effect; later ones are refused without harm. */
    (void)H5dont_atexit();
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void hst_hdf5_leave(void)
{
    (void)H5Eclear2(H5E_DEFAULT);
}

/* The innermost entry of the stack comes first and knows best; an errno anywhere wins. */
typedef struct reason {
    char text[128];
    int error_number;
} reason;

static herr_t visit_error(unsigned depth, const H5E_error2_t *entry, void *context)
{
    (void)depth;
    reason *found = context;
    if (entry->desc == NULL) {
        return 0;
    }
    const char *number = strstr(entry->desc, "errno = ");
    if (number != NULL && found->error_number == 0) {
        found->error_number = (int)strtol(number + strlen("errno = "), NULL, 10);
    }
    if (found->text[0] == '\0') {
        hst_ignore(snprintf(found->text, sizeof found->text, "%s", entry->desc) >= 0 ? HST_OK
                                                                                     : HST_IO);
    }
    return 0;
}

void hst_hdf5_reason(char *buffer, size_t size)
{
    hst_assert(buffer != NULL);
    hst_assert(size > 0);
    reason found = {.text = "", .error_number = 0};
    const herr_t walked = H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit_error, &found);
    const char *text = walked >= 0 && found.text[0] != '\0' ? found.text : "HDF5 failed";
    char system_text[128];
    if (found.error_number != 0 &&
        strerror_r(found.error_number, system_text, sizeof system_text) == 0) {
        text = system_text;
    }
    hst_ignore(snprintf(buffer, size, "%s", text) >= 0 ? HST_OK : HST_IO);
}

static hid_t enum_type(const hst_column *column)
{
    hst_assert(column->words != NULL);
    hst_assert(column->size == 1 || column->size == 4);
    const hid_t type = H5Tenum_create(column->size == 1 ? H5T_STD_U8LE : H5T_STD_U32LE);
    for (size_t i = 0; type >= 0 && i < column->words->count; i++) {
        const hst_enum_value *value = &column->words->values[i];
        const uint32_t wide = value->number;
        const void *number = column->size == 1 ? (const void *)&value->number : &wide;
        if (H5Tenum_insert(type, value->text, number) < 0) {
            H5Tclose(type);
            return H5I_INVALID_HID;
        }
    }
    return type;
}

static hid_t fixed_text_type(size_t size)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, size) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
                      H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

static hid_t column_type(const hst_column *column)
{
    const hsize_t hash_size = HST_HASH_SIZE;
    switch (column->type) {
    case HST_COLUMN_U8: return H5Tcopy(H5T_STD_U8LE);
    case HST_COLUMN_U16: return H5Tcopy(H5T_STD_U16LE);
    case HST_COLUMN_U32: return H5Tcopy(H5T_STD_U32LE);
    case HST_COLUMN_U64: return H5Tcopy(H5T_STD_U64LE);
    case HST_COLUMN_I64: return H5Tcopy(H5T_STD_I64LE);
    case HST_COLUMN_F64: return H5Tcopy(H5T_IEEE_F64LE);
    case HST_COLUMN_ENUM: return enum_type(column);
    case HST_COLUMN_TEXT: return fixed_text_type(column->size);
    case HST_COLUMN_HASH: return H5Tarray_create2(H5T_STD_U8LE, 1, &hash_size);
    }
    return H5I_INVALID_HID;
}

hid_t hst_hdf5_row_type(const hst_table_schema *table)
{
    hst_assert(table != NULL);
    hst_assert(table->column_count > 0);
    const hid_t row = H5Tcreate(H5T_COMPOUND, table->row_size);
    for (uint32_t c = 0; row >= 0 && c < table->column_count; c++) {
        const hst_column *column = &table->columns[c];
        const hid_t type = column_type(column);
        const bool inserted = type >= 0 && H5Tinsert(row, column->name, column->offset, type) >= 0;
        hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
        if (!inserted) {
            H5Tclose(row);
            return H5I_INVALID_HID;
        }
    }
    return row;
}

/* Enumerations may have gained words: their base is compared. */
static bool column_matches(hid_t member, const hst_column *column)
{
    const hid_t wanted = column_type(column);
    bool equal = false;
    if (column->type == HST_COLUMN_ENUM && wanted >= 0) {
        equal = H5Tget_class(member) == H5T_ENUM && H5Tget_size(member) == column->size;
    } else {
        equal = wanted >= 0 && H5Tequal(wanted, member) > 0;
    }
    return hst_hdf5_close(wanted) && equal;
}

bool hst_hdf5_row_type_matches(hid_t type, const hst_table_schema *table)
{
    hst_assert(table != NULL);
    if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_size(type) != table->row_size ||
        H5Tget_nmembers(type) != (int)table->column_count) {
        return false;
    }
    bool good = true;
    for (uint32_t c = 0; good && c < table->column_count; c++) {
        char *name = H5Tget_member_name(type, c);
        const hid_t member = H5Tget_member_type(type, c);
        good = name != NULL && member >= 0 && strcmp(name, table->columns[c].name) == 0 &&
               H5Tget_member_offset(type, c) == table->columns[c].offset &&
               column_matches(member, &table->columns[c]);
        if (name != NULL) {
            (void)H5free_memory(name);
        }
        good = hst_hdf5_close(member) && good;
    }
    return good;
}

hid_t hst_hdf5_text_type(void)
{
    return fixed_text_type(H5T_VARIABLE);
}

bool hst_hdf5_close(hid_t id)
{
    return id < 0 || H5Idec_ref(id) >= 0;
}

/* Chunks of rows begin with a piece, so that their pieces are the file's (pieces.h). */
enum { ALIGNED_FROM = 128 * 1024 };

hid_t hst_hdf5_access(void)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0 && (H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
                        H5Pset_alignment(access, ALIGNED_FROM, HST_PIECE_SIZE) < 0 ||
                        H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) < 0 ||
                        H5Pset_file_locking(access, false, true) < 0)) {
        H5Pclose(access);
        return H5I_INVALID_HID;
    }
    return access;
}
