#include "csv_scan.h"

#include <string.h>

void csv_scan_init(struct csv_scan *s)
{
    *s = (struct csv_scan){.line = 1, .row_line = 1, .delimiter = ','};
}

static void add(struct csv_scan *s, const char *data, size_t len)
{
    size_t part = MIN(len, CSV_SCAN_KEPT - s->kept);
    memcpy(s->text + s->kept, data, part);
    s->kept += part;
    s->whole += (int64_t)len;
}

static void end_cell(struct csv_scan *s)
{
    s->cell(s->arg, s->text, s->kept, s->whole);
    s->kept = 0;
    s->whole = 0;
    s->quoted = false;
    s->begun = true;
    s->state = CSV_SCAN_START;
}

static void end_row(struct csv_scan *s)
{
    if (s->begun || s->quoted || s->whole > 0) {
        end_cell(s);
        s->row(s->arg, s->row_line);
    }
    s->begun = false;
    s->state = CSV_SCAN_START;
}

/* The byte that ends an unquoted cell. */
static void separate(struct csv_scan *s, char c)
{
    if (c == s->delimiter) {
        end_cell(s);
        return;
    }
    end_row(s);
    s->after_cr = c == '\r';
    s->row_line = ++s->line;
}

static bool is_separator(const struct csv_scan *s, char c)
{
    return c == s->delimiter || c == '\n' || c == '\r';
}

/* An unquoted cell up to its end or that of the data. */
static const char *scan_plain(struct csv_scan *s, const char *at, const char *end)
{
    const char *stop = at;
    while (stop < end && !is_separator(s, *stop))
        stop++;
    if (stop == end || s->kept > 0) {
        add(s, at, (size_t)(stop - at));
        if (stop < end)
            separate(s, *stop);
    } else if (*stop == s->delimiter) { /* all of it lies here: no copy */
        size_t len = (size_t)(stop - at);
        s->cell(s->arg, at, MIN(len, CSV_SCAN_KEPT), (int64_t)len);
        s->begun = true;
        s->state = CSV_SCAN_START;
    } else {
        add(s, at, (size_t)(stop - at));
        separate(s, *stop);
    }
    return stop + (stop < end);
}

static const char *scan_quoted(struct csv_scan *s, const char *at, const char *end)
{
    const char *quote = memchr(at, '"', (size_t)(end - at));
    const char *stop = quote ? quote : end;
    for (const char *c = at; (c = memchr(c, '\n', (size_t)(stop - c))); c++)
        s->line++;
    add(s, at, (size_t)(stop - at));
    if (quote)
        s->state = CSV_SCAN_QUOTE;
    return stop + (quote != NULL);
}

/* Behind a quote within a quoted cell: half of a doubled one, or the cell's end. */
static const char *scan_quote(struct csv_scan *s, const char *at)
{
    s->state = *at == '"' ? CSV_SCAN_QUOTED : CSV_SCAN_PLAIN;
    if (*at == '"')
        add(s, at, 1);
    return at + (*at == '"');
}

static const char *scan_start(struct csv_scan *s, const char *at)
{
    bool skip = s->after_cr && *at == '\n';
    s->after_cr = false;
    if (skip)
        return at + 1;
    s->quoted = *at == '"';
    s->quote_line = s->line;
    s->state = s->quoted ? CSV_SCAN_QUOTED : CSV_SCAN_PLAIN;
    return at + s->quoted;
}

void csv_scan_feed(struct csv_scan *s, const char *data, size_t len)
{
    const char *at = data, *end = data + len;
    while (at < end) {
        switch (s->state) {
        case CSV_SCAN_START:
            at = scan_start(s, at);
            break;
        case CSV_SCAN_PLAIN:
            at = scan_plain(s, at, end);
            break;
        case CSV_SCAN_QUOTED:
            at = scan_quoted(s, at, end);
            break;
        case CSV_SCAN_QUOTE:
            at = scan_quote(s, at);
            break;
        }
    }
}

int64_t csv_scan_end(struct csv_scan *s)
{
    int64_t open = s->state == CSV_SCAN_QUOTED ? s->quote_line : 0;
    end_row(s);
    return open;
}
