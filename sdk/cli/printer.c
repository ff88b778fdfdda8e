#include "printer.h"

#include "json.h"
#include "text.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

int printer_init(struct printer *p, struct out *out, const struct args *args, struct err *e)
{
    const char *level = args_text(args, OPT_LEVEL, "debug");
    *p = (struct printer){
        .out = out,
        .time = args_has(args, OPT_TIME),
        .numbers = args_has(args, OPT_NUMBERS),
        .raw = args_has(args, OPT_RAW),
        .records = args_has(args, OPT_RECORDS),
        .level = chunk_level_parse(level, strlen(level)),
    };
    if (p->raw && out->is_terminal && !out->json)
        return err_field(
            e, "raw",
            "--raw is not for terminals: what an experiment says could do anything to it");
    return 0;
}

static void put_json(struct printer *p, int64_t number, const struct chunk_line *line)
{
    static const char *const sources[] = {"stdout", "stderr", "message"};
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "{\"n\":%lld,\"ms\":%lld,\"level\":\"%s\",\"source\":\"%s\",\"text\":",
                (long long)number, (long long)line->ms, chunk_level_names[line->level],
                sources[line->source]);
    json_put_string(&text, line->text, line->text_len);
    if (line->metadata) {
        strbuf_adds(&text, ",\"metadata\":");
        strbuf_add(&text, line->metadata, line->metadata_len);
    }
    strbuf_adds(&text, line->flags & CHUNK_CONTINUED ? ",\"continued\":true}" : "}");
    out_json(p->out, doc_of(text.buf, text.len));
    strbuf_release(&text);
}

static void put_time(struct out *o, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char text[32];
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    out_addf(o, "%s%s.%03lldZ%s ", out_style(o, OUT_DIM), text, (long long)(ms % 1000),
             out_style(o, OUT_PLAIN));
}

static void put_prefix(struct printer *p, int64_t number, const struct chunk_line *line)
{
    struct out *o = p->out;
    if (p->numbers)
        out_addf(o, "%s%lld%s%s", out_style(o, OUT_DIM), (long long)number, out_style(o, OUT_PLAIN),
                 o->is_terminal ? "  " : "\t");
    if (p->time)
        put_time(o, line->ms);
}

static void put_text(struct printer *p, const struct chunk_line *line)
{
    static const enum out_style styles[CHUNK_LEVELS] = {OUT_DIM, OUT_PLAIN, OUT_YELLOW, OUT_RED};
    struct out *o = p->out;
    enum out_style style = styles[line->level];
    if (p->raw) {
        out_bytes(o, line->text, line->text_len);
        return;
    }
    struct strbuf text = STRBUF_INIT;
    if (style)
        strbuf_adds(&text, out_style(o, style));
    (o->is_terminal ? text_put_lines : text_put)(&text, line->text, line->text_len, o->colours);
    if (style)
        strbuf_adds(&text, out_style(o, OUT_PLAIN));
    out_bytes(o, text.buf, text.len);
    strbuf_release(&text);
}

void printer_line(struct printer *p, int64_t number, const struct chunk_line *line)
{
    if (line->level < p->level || line->level >= CHUNK_LEVELS || line->source < 0 ||
        line->source > CHUNK_MESSAGE)
        return;
    p->count++;
    if (p->out->json) {
        put_json(p, number, line);
        return;
    }
    if (!p->is_continued)
        put_prefix(p, number, line);
    put_text(p, line);
    p->is_continued = line->flags & CHUNK_CONTINUED;
    if (!p->is_continued)
        out_bytes(p->out, "\n", 1);
}

int printer_element(struct printer *p, int64_t number, struct doc element, struct err *e)
{
    struct strbuf rest = STRBUF_INIT, text = STRBUF_INIT;
    struct chunk_line line;
    if (!number) { /* [number,ms,...]: the same without its head */
        struct doc first = {0};
        const char *comma =
            doc_next(element, &first) && parse_int64(first.at, first.len, &number)
                ? memchr(first.at, ',', element.len - (size_t)(first.at - element.at))
                : NULL;
        strbuf_addc(&rest, '[');
        if (comma)
            strbuf_add(&rest, comma + 1, (size_t)(element.at + element.len - comma - 1));
        element = (struct doc){rest.buf, rest.len};
    }
    int status = chunk_decode(element.at, element.len, &line, &text, e);
    if (status == 0)
        printer_line(p, number, &line);
    strbuf_release(&rest);
    strbuf_release(&text);
    return status;
}

/* Of each kind of record, what is shown of it. */
static const struct {
    const char *kind;
    const char *members[3];
} shown[] = {
    {"status", {"status", "reason", "error"}},
    {"result", {"key", "value"}},
    {"metrics", {"points"}},
    {"row", {"table", "values"}},
    {"event", {"event", "message"}},
    {"artifact", {"name", "size"}},
    {"fact", {"key", "value"}},
};

void printer_record(struct printer *p, struct doc record)
{
    struct out *o = p->out;
    if (!p->records)
        return;
    if (o->json) {
        out_json(o, record);
        return;
    }
    if (p->is_continued)
        out_bytes(o, "\n", 1);
    p->is_continued = false;
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        if (!doc_is(record, "kind", shown[i].kind))
            continue;
        out_addf(o, "%s-- %s", out_style(o, OUT_BLUE), shown[i].kind);
        for (size_t m = 0; m < ARRAY_LEN(shown[i].members) && shown[i].members[m]; m++) {
            struct doc value = doc_get(record, shown[i].members[m]);
            if (!doc_is_set(value))
                continue;
            out_bytes(o, " ", 1);
            out_doc(o, value);
        }
        out_addf(o, "%s\n", out_style(o, OUT_PLAIN));
    }
}
