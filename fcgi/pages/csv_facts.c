#include "csv_facts.h"

#include "csv_kind.h"
#include "csv_scan.h"
#include "json.h"
#include "utf8_scan.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_MAX = 64 * 1024 /* of the first line, to find the delimiter in */ };

struct column {
    char *name;
    unsigned kinds; /* that all its values are; CSV_ANY before there is one */
    bool has_value;
    int64_t missing;
};

struct csv_facts {
    struct csv_scan scan;
    struct utf8_scan text;
    struct strbuf head; /* until the delimiter is known */
    bool began;
    struct column *columns;
    size_t count, room;
    bool too_many; /* columns */
    int64_t rows;  /* the header's among them */
    size_t cells;  /* of the row at hand */
    int64_t ragged, ragged_line, open_line;
    struct strbuf sample;
};

/* ---- cells and rows ---- */

/* Cuts to `max` bytes without cutting a character in two. */
static size_t cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)text[max] & 0xC0) == 0x80)
        max--;
    return max;
}

static void add_name(struct csv_facts *f, const char *text, size_t len)
{
    if (f->count == CSV_FACTS_COLUMNS) {
        f->too_many = true;
        return;
    }
    if (f->count == f->room) {
        f->room = f->room ? f->room * 2 : 16;
        f->columns = xreallocarray(f->columns, f->room, sizeof(*f->columns));
    }
    f->columns[f->count++] =
        (struct column){.name = xstrndup(text, cut(text, len, CSV_FACTS_WORDS)), .kinds = CSV_ANY};
}

static void judge(struct column *c, const char *text, size_t len, int64_t whole)
{
    unsigned kinds = whole > CSV_SCAN_KEPT ? CSV_STRING : csv_kinds(text, len);
    if (kinds == CSV_MISSING) {
        c->missing++;
        return;
    }
    c->has_value = true;
    c->kinds &= kinds;
}

static void put_sample(struct csv_facts *f, const char *text, size_t len, int64_t whole)
{
    struct strbuf shown = STRBUF_INIT;
    size_t part = cut(text, len, CSV_FACTS_WORDS);
    strbuf_adds(&f->sample, f->cells ? "," : f->rows > 1 ? ",[" : "[");
    strbuf_add(&shown, text, part);
    if ((int64_t)part < whole)
        strbuf_adds(&shown, "…");
    json_put_string(&f->sample, shown.buf, shown.len);
    strbuf_release(&shown);
}

static void on_cell(void *arg, const char *text, size_t len, int64_t whole)
{
    struct csv_facts *f = arg;
    if (f->rows == 0) {
        add_name(f, text, len);
    } else {
        if (f->rows <= CSV_FACTS_SAMPLE_ROWS && f->cells < CSV_FACTS_SAMPLE_COLUMNS)
            put_sample(f, text, len, whole);
        if (f->cells < f->count)
            judge(&f->columns[f->cells], text, len, whole);
    }
    f->cells++;
}

static void on_row(void *arg, int64_t line)
{
    struct csv_facts *f = arg;
    if (f->rows > 0 && f->rows <= CSV_FACTS_SAMPLE_ROWS)
        strbuf_addc(&f->sample, ']');
    if (f->cells != f->count) {
        if (f->ragged++ == 0)
            f->ragged_line = line;
        for (size_t i = f->cells; i < f->count; i++)
            f->columns[i].missing++;
    }
    f->rows++;
    f->cells = 0;
}

/* ---- the file ---- */

struct csv_facts *csv_facts_new(void)
{
    struct csv_facts *f = xcalloc(1, sizeof(*f));
    strbuf_init(&f->head);
    strbuf_init(&f->sample);
    csv_scan_init(&f->scan);
    f->scan.cell = on_cell;
    f->scan.row = on_row;
    f->scan.arg = f;
    return f;
}

void csv_facts_free(struct csv_facts *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        free(f->columns[i].name);
    free(f->columns);
    strbuf_release(&f->head);
    strbuf_release(&f->sample);
    free(f);
}

/* Files of other kinds, which people take for CSV because their programs open both. */
static int check_beginning(const struct strbuf *head, struct err *e)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *what;
    } kinds[] = {
        {"PK\3\4", 4, "a workbook (or another zip file); save it as CSV in UTF-8"},
        {"\xD0\xCF\x11\xE0", 4, "a workbook; save it as CSV in UTF-8"},
        {"\xFF\xFE", 2, "UTF-16; save it as CSV in UTF-8"},
        {"\xFE\xFF", 2, "UTF-16; save it as CSV in UTF-8"},
        {"\x1F\x8B", 2, "compressed; unpack it first"},
        {"PAR1", 4, "a Parquet file; save it as CSV"},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (head->len >= kinds[i].len && memcmp(head->buf, kinds[i].bytes, kinds[i].len) == 0)
            return err_set(e, ERR_INVALID, "the file is %s", kinds[i].what);
    }
    return 0;
}

/* The length of the first line, quoted line ends aside, with how often each delimiter stands in it.
 * `len` where it does not end here. */
static size_t first_line(const struct strbuf *head, const char *delimiters, size_t *counts)
{
    bool quoted = false;
    for (size_t i = 0; i < head->len; i++) {
        char c = head->buf[i];
        const char *at = strchr(delimiters, c);
        if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '\n' || c == '\r'))
            return i;
        else if (!quoted && c && at)
            counts[at - delimiters]++;
    }
    return head->len;
}

/* Chooses the delimiter as soon as the first line is there, and goes on with what has been kept. */
static int begin(struct csv_facts *f, bool ended, struct err *e)
{
    static const char delimiters[] = ",;\t|", bom[] = "\xEF\xBB\xBF";
    size_t counts[sizeof(delimiters)] = {0}, best = 0;
    if (first_line(&f->head, delimiters, counts) == f->head.len && !ended && f->head.len < HEAD_MAX)
        return 0;
    if (check_beginning(&f->head, e) != 0)
        return -1;
    for (size_t i = 1; delimiters[i]; i++) {
        if (counts[i] > counts[best])
            best = i;
    }
    f->scan.delimiter = delimiters[best];
    f->began = true;
    size_t skip = f->head.len >= 3 && memcmp(f->head.buf, bom, 3) == 0 ? 3 : 0;
    csv_scan_feed(&f->scan, f->head.buf + skip, f->head.len - skip);
    strbuf_release(&f->head);
    return 0;
}

int csv_facts_feed(struct csv_facts *f, const char *data, size_t len, struct err *e)
{
    int64_t nul = utf8_scan_feed(&f->text, data, len);
    int rc = 0;
    if (f->began) {
        csv_scan_feed(&f->scan, data, len);
    } else {
        strbuf_add(&f->head, data, len);
        rc = begin(f, false, e);
    }
    if (rc == 0 && nul >= 0 && !f->began)
        rc = check_beginning(&f->head, e);
    if (rc == 0 && nul >= 0)
        return err_set(e, ERR_INVALID, "the file is no text: it has a NUL at byte %lld",
                       (long long)nul + 1);
    if (rc == 0 && f->too_many)
        return err_set(e, ERR_INVALID, "the file has more than %d columns", CSV_FACTS_COLUMNS);
    return rc;
}

int csv_facts_end(struct csv_facts *f, struct err *e)
{
    if (!f->began && begin(f, true, e) != 0)
        return -1;
    f->open_line = csv_scan_end(&f->scan);
    utf8_scan_end(&f->text);
    if (f->too_many)
        return err_set(e, ERR_INVALID, "the file has more than %d columns", CSV_FACTS_COLUMNS);
    return f->rows ? 0 : err_set(e, ERR_INVALID, "the file is empty");
}

int64_t csv_facts_rows(const struct csv_facts *f)
{
    return f->rows - 1;
}

char csv_facts_delimiter(const struct csv_facts *f)
{
    return f->scan.delimiter;
}

/* ---- as JSON ---- */

void csv_facts_put_columns(const struct csv_facts *f, struct strbuf *out)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct column *c = &f->columns[i];
        strbuf_adds(out, i ? ",{\"name\":" : "[{\"name\":");
        json_put_cstring(out, c->name);
        strbuf_addf(out, ",\"type\":\"%s\",\"missing\":%lld}",
                    csv_kind_name(c->has_value ? c->kinds : 0), (long long)c->missing);
    }
    strbuf_addc(out, ']');
}

void csv_facts_put_sample(const struct csv_facts *f, struct strbuf *out)
{
    strbuf_addc(out, '[');
    strbuf_add(out, f->sample.buf, f->sample.len);
    strbuf_addc(out, ']');
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct column *const *)a)->name,
                  (*(const struct column *const *)b)->name);
}

/* A name that stands at several columns, or NULL. */
static const char *twice(const struct csv_facts *f)
{
    const struct column **sorted = xcalloc(f->count + 1, sizeof(*sorted));
    const char *found = NULL;
    for (size_t i = 0; i < f->count; i++)
        sorted[i] = &f->columns[i];
    qsort(sorted, f->count, sizeof(*sorted), by_name);
    for (size_t i = 1; i < f->count && !found; i++) {
        if (sorted[i]->name[0] && by_name(&sorted[i - 1], &sorted[i]) == 0)
            found = sorted[i]->name;
    }
    free(sorted);
    return found;
}

static void note(struct strbuf *out, struct strbuf *text)
{
    strbuf_adds(out, out->buf[out->len - 1] == '[' ? "" : ",");
    json_put_string(out, text->buf, text->len);
    strbuf_reset(text);
}

static void note_names(const struct csv_facts *f, struct strbuf *out, struct strbuf *text)
{
    const char *name = twice(f);
    size_t nameless = 0, first = 0;
    for (size_t i = f->count; i-- > 0;) {
        if (f->columns[i].name[0])
            continue;
        nameless++;
        first = i + 1;
    }
    if (name) {
        strbuf_addf(text, "several columns have the name %s", name);
        note(out, text);
    }
    if (nameless) {
        strbuf_addf(text, "%zu column%s no name; the first is column %zu", nameless,
                    nameless == 1 ? " has" : "s have", first);
        note(out, text);
    }
}

void csv_facts_put_notes(const struct csv_facts *f, struct strbuf *out)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_addc(out, '[');
    if (f->rows == 1) {
        strbuf_adds(&text, "there are names of columns and no rows");
        note(out, &text);
    }
    note_names(f, out, &text);
    if (f->ragged) {
        strbuf_addf(
            &text, "%lld row%s another number of cells than there are columns; see line %lld",
            (long long)f->ragged, f->ragged == 1 ? " has" : "s have", (long long)f->ragged_line);
        note(out, &text);
    }
    if (f->open_line) {
        strbuf_addf(&text, "a quote that opens in line %lld is never closed",
                    (long long)f->open_line);
        note(out, &text);
    }
    if (f->text.invalid >= 0) {
        strbuf_addf(&text, "not valid UTF-8 from byte %lld on; is it another encoding?",
                    (long long)f->text.invalid + 1);
        note(out, &text);
    }
    strbuf_addc(out, ']');
    strbuf_release(&text);
}
