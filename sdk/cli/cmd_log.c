/* athanor tail, logs, search: the lines of a run. */
#include "api.h"
#include "args.h"
#include "find.h"
#include "follow.h"
#include "out.h"
#include "printer.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 10000, MATCHES = 1000 };

/* A part of a log: lines behind `after` and before `before` (0: the end), at most `most` of them.
 */
struct part {
    int64_t run, after, before, most;
    const char *level, *text; /* only lines that match, or NULL */
    int64_t total;            /* all lines, or all matches, as last heard */
};

static void add_filter(struct strbuf *path, const char *name, const char *value)
{
    if (!value)
        return;
    strbuf_addf(path, "&%s=", name);
    http_escape(path, value);
}

static int get_page(struct cli *cli, const struct part *p, int64_t limit, struct api_answer *a,
                    struct err *e)
{
    struct strbuf path = STRBUF_INIT;
    strbuf_addf(&path, "/runs/%lld/logs?limit=%lld", (long long)p->run, (long long)limit);
    if (p->after > 0 || p->before > 0) /* `before` alone would go backwards */
        strbuf_addf(&path, "&after=%lld", (long long)p->after);
    if (p->before > 0)
        strbuf_addf(&path, "&before=%lld", (long long)p->before);
    add_filter(&path, "level", p->level);
    add_filter(&path, "q", p->text);
    int status = api_get(cli, a, e, "%s", path.buf);
    strbuf_release(&path);
    return status;
}

static int print_chunks(struct printer *printer, struct doc chunks, struct err *e)
{
    struct doc chunk = {0};
    while (doc_next(chunks, &chunk)) {
        struct doc element = {0}, lines = doc_get(chunk, "lines");
        for (int64_t n = doc_int(chunk, "first", 1); doc_next(lines, &element); n++)
            if (printer_element(printer, n, element, e) < 0)
                return -1;
    }
    return 0;
}

static int print_matches(struct printer *printer, struct doc lines, struct err *e)
{
    struct doc element = {0};
    while (doc_next(lines, &element))
        if (printer_element(printer, 0, element, e) < 0)
            return -1;
    return 0;
}

/* Prints it, page by page. */
static int print_part(struct cli *cli, struct part *p, struct printer *printer, struct err *e)
{
    struct api_answer a;
    bool filters = p->level || p->text;
    int status = 0;
    api_answer_init(&a);
    while (status == 0 && (p->most > 0 || p->total < 0)) {
        int64_t limit = MIN(MAX(p->most, 1), filters ? MATCHES : PAGE), before = printer->count;
        status = get_page(cli, p, limit, &a, e);
        if (status < 0)
            break;
        p->total = doc_int(a.doc, "total", 0);
        if (p->most > 0)
            status = filters ? print_matches(printer, doc_get(a.doc, "lines"), e)
                             : print_chunks(printer, doc_get(a.doc, "chunks"), e);
        out_flush(cli->out);
        p->most -= printer->count - before;
        p->after = doc_int(a.doc, "next", -1);
        if (p->after < 0)
            break;
    }
    api_answer_release(&a);
    return status;
}

/* The part that --after, --before and --limit name. With --before alone pages would go backwards,
 * so its beginning is reckoned. */
static struct part named_part(const struct args *args, int64_t run)
{
    struct part p = {.run = run, .total = -1};
    p.level = args_text(args, OPT_LEVEL, NULL);
    p.after = args_number(args, OPT_AFTER, 0);
    p.before = args_number(args, OPT_BEFORE, 0);
    p.most = args_number(args, OPT_LIMIT, INT64_MAX);
    if (p.before > 0 && !args_has(args, OPT_AFTER) && p.most < INT64_MAX && !p.level)
        p.after = MAX(p.before - 1 - p.most, 0);
    return p;
}

int cmd_logs(struct cli *cli, struct err *e)
{
    struct printer printer;
    int64_t run;
    if (printer_init(&printer, cli->out, cli->args, e) < 0 ||
        (run = find_run_id(cli, cli->args->operands[0], e)) < 0)
        return -1;
    struct part p = named_part(cli->args, run);
    printer.level = 0; /* the site has looked at it */
    return print_part(cli, &p, &printer, e);
}

int cmd_search(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    struct printer printer;
    int64_t run;
    if (printer_init(&printer, cli->out, args, e) < 0 ||
        (run = find_run_id(cli, args->operands[0], e)) < 0)
        return -1;
    if (!*args->operands[1])
        return err_field(e, "TEXT", "search needs a text; athanor logs prints all lines");
    struct part p = named_part(args, run);
    p.text = args->operands[1];
    printer.level = 0;
    printer.numbers = true;
    if (args_has(args, OPT_COUNT))
        p.most = 0;
    int status = print_part(cli, &p, &printer, e);
    if (status == 0 && args_has(args, OPT_COUNT))
        out_addf(cli->out, cli->out->json ? "{\"total\":%lld}\n" : "%lld\n", (long long)p.total);
    else if (status == 0)
        out_note(cli->out, p.total == 1 ? "%lld line matches" : "%lld lines match",
                 (long long)p.total);
    return status;
}

/* Without --follow: what is there. */
static int print_tail(struct cli *cli, int64_t run, int64_t lines, int64_t last, struct err *e)
{
    struct printer printer;
    if (printer_init(&printer, cli->out, cli->args, e) < 0)
        return -1;
    struct part p = {.run = run,
                     .after = MAX(lines - last, 0),
                     .before = lines + 1,
                     .most = MIN(last, lines),
                     .total = 0};
    return print_part(cli, &p, &printer, e);
}

int cmd_tail(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    struct strbuf row = STRBUF_INIT;
    int64_t last = args_number(args, OPT_LINES, INT64_MAX);
    int status = find_run(cli, args->operands[0], &row, e);
    struct doc d = doc_of(row.buf, row.len);
    int64_t run = doc_int(d, "id", 0), lines = doc_int(d, "lines", 0),
            records = doc_int(d, "records", 0);
    strbuf_release(&row);
    if (status < 0)
        return -1;
    if (args_has(args, OPT_RECORDS) && !args_has(args, OPT_FOLLOW))
        return err_field(e, "records", "--records goes with --follow; athanor show has results");
    if (!args_has(args, OPT_FOLLOW))
        return print_tail(cli, run, lines, last, e);
    struct cursor from = {MAX(lines - last, 0), lines > last ? records : 0};
    return watch_run(cli, run, true, from, e);
}
