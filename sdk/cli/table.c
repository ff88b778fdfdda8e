#include "table.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

void table_init(struct table *t, const char *const *names, size_t columns)
{
    *t = (struct table){.names = names, .columns = columns};
}

void table_add(struct table *t, const char *text, enum out_style style)
{
    struct strbuf fit = STRBUF_INIT;
    text_put(&fit, text, strlen(text), false);
    for (size_t i = 0; i < fit.len; i++)
        if (fit.buf[i] == '\t')
            fit.buf[i] = ' ';
    t->cells = xreallocarray(t->cells, t->count + 1, sizeof(*t->cells));
    t->styles = xreallocarray(t->styles, t->count + 1, sizeof(*t->styles));
    t->cells[t->count] = strbuf_detach(&fit, NULL);
    t->styles[t->count++] = style;
}

void table_add_doc(struct table *t, struct doc d)
{
    struct strbuf text = STRBUF_INIT;
    doc_put(&text, d);
    table_add(t, text.buf, OUT_PLAIN);
    strbuf_release(&text);
}

static void put_cell(struct out *o, const char *text, size_t width, bool right, bool last,
                     enum out_style style)
{
    size_t own = text_width(text, strlen(text)), space = width > own ? width - own : 0;
    if (right)
        out_addf(o, "%*s", (int)space, "");
    if (style)
        out_addf(o, "%s%s%s", out_style(o, style), text, out_style(o, OUT_PLAIN));
    else
        out_bytes(o, text, strlen(text));
    if (!last)
        out_addf(o, "%*s", (int)(right ? 2 : space + 2), "");
}

static void print_aligned(struct table *t, struct out *o)
{
    size_t widths[TABLE_COLUMNS] = {0};
    bool right[TABLE_COLUMNS];
    for (size_t c = 0; c < t->columns; c++) {
        right[c] = *t->names[c] == '>';
        widths[c] = strlen(t->names[c] + right[c]);
    }
    for (size_t i = 0; i < t->count; i++) {
        size_t own = text_width(t->cells[i], strlen(t->cells[i]));
        widths[i % t->columns] = MAX(widths[i % t->columns], own);
    }
    for (size_t c = 0; c < t->columns; c++)
        put_cell(o, t->names[c] + right[c], widths[c], right[c], c + 1 == t->columns, OUT_BOLD);
    out_bytes(o, "\n", 1);
    for (size_t i = 0; i < t->count; i++) {
        size_t c = i % t->columns;
        bool last = c + 1 == t->columns;
        put_cell(o, t->cells[i], widths[c], right[c], last, t->styles[i]);
        if (last)
            out_bytes(o, "\n", 1);
    }
}

void table_print(struct table *t, struct out *o)
{
    if (o->is_terminal && t->count)
        print_aligned(t, o);
    for (size_t i = 0; i < t->count; i++) {
        if (!o->is_terminal) {
            out_text(o, t->cells[i]);
            out_bytes(o, (i + 1) % t->columns ? "\t" : "\n", 1);
        }
        free(t->cells[i]);
    }
    free(t->cells);
    free(t->styles);
}
