#include "watch.h"

#include "api.h"
#include "follow.h"
#include "interrupt.h"
#include "out.h"
#include "printer.h"

#include <stdlib.h>
#include <string.h>

enum { RETRY_FOR_S = 600 };

struct watcher {
    struct cli *cli;
    struct printer printer;
    int64_t run;
};

static void on_line(void *arg, int64_t number, const struct chunk_line *line)
{
    printer_line(&((struct watcher *)arg)->printer, number, line);
}

static void on_record(void *arg, struct doc record)
{
    printer_record(&((struct watcher *)arg)->printer, record);
}

static void on_pause(void *arg)
{
    out_flush(((struct watcher *)arg)->cli->out);
}

/* "run 7: 5 of 100, training" */
static void on_progress(void *arg, struct doc progress)
{
    struct watcher *w = arg;
    struct strbuf words = STRBUF_INIT;
    struct doc percent = doc_get(progress, "percent"), total = doc_get(progress, "total"),
               message = doc_get(progress, "message");
    strbuf_addf(&words, "run %lld: ", (long long)w->run);
    doc_put(&words, doc_get(progress, "current"));
    if (doc_is_set(total)) {
        strbuf_adds(&words, " of ");
        doc_put(&words, total);
    }
    if (doc_is_set(message) && message.len > 2) {
        strbuf_adds(&words, ", ");
        doc_put(&words, message);
    }
    char *number = doc_text(percent, "");
    out_progress(w->cli->out, doc_type(percent) == '0' ? strtod(number, NULL) : -1, words.buf);
    free(number);
    strbuf_release(&words);
}

/* Until it tells of any, and where it never does. */
static void show_waiting(const struct watcher *w)
{
    char *words = xasprintf("run %lld: no word of its progress yet", (long long)w->run);
    out_progress(w->cli->out, -1, words);
    free(words);
}

static int cancel(struct cli *cli, int64_t run, struct err *e)
{
    struct api_answer a;
    struct err why = {0};
    char *path = xasprintf("/runs/%lld/cancel", (long long)run);
    api_answer_init(&a);
    int status = api_send(cli, "POST", path, NULL, &a, &why);
    if (status < 0 && why.code == ERR_CONFLICT) /* it has ended meanwhile */
        status = 0;
    else if (status < 0)
        *e = why;
    api_answer_release(&a);
    free(path);
    return status;
}

/* One stay, up to the run's end, a signal or the deadline. */
static int stay(struct watcher *w, struct follower *f, struct strbuf *row, bool streams,
                struct err *e)
{
    if (streams)
        return follow_run(w->cli, f, e);
    return follow_wait(w->cli, w->run, f->retry_for_s, f->deadline_ms, row, e);
}

/* How it has ended, in words, and what its end means. A run that is gone already has ended
 * nevertheless. */
static int tell_end(struct cli *cli, int64_t run, enum follow_end end, bool prints)
{
    static const struct {
        const char *word;
        int code;
    } ends[] = {
        [FOLLOW_COMPLETED] = {"completed", CLI_COMPLETED},
        [FOLLOW_FAILED] = {"failed", CLI_FAILED},
        [FOLLOW_CANCELLED] = {"cancelled", CLI_CANCELLED},
        [FOLLOW_DELETED] = {"was deleted", CLI_FAILED},
    };
    struct api_answer a;
    api_answer_init(&a);
    bool is_there =
        end != FOLLOW_DELETED && api_get(cli, &a, NULL, "/runs/%lld", (long long)run) == 0;
    char *error = doc_text(is_there ? a.doc : (struct doc){0}, "error");
    if (end == FOLLOW_COMPLETED)
        out_note(cli->out, "run %lld completed", (long long)run);
    else
        out_warn(cli->out, "run %lld %s%s%s", (long long)run, ends[end].word, *error ? ": " : "",
                 error);
    if (is_there && cli->out->json && !prints)
        out_json(cli->out, a.doc);
    free(error);
    api_answer_release(&a);
    return ends[end].code;
}

static NORETURN void leave(struct cli *cli, int64_t run)
{
    out_progress(cli->out, -1, NULL);
    out_warn(cli->out,
             "run %lld goes on; athanor tail -f %lld shows it again, athanor cancel %lld ends it",
             (long long)run, (long long)run, (long long)run);
    out_flush(cli->out);
    interrupt_die();
}

int watch_run(struct cli *cli, int64_t run, bool prints, struct cursor from, struct err *e)
{
    const struct args *args = cli->args;
    struct watcher w = {.cli = cli, .run = run};
    struct strbuf row = STRBUF_INIT;
    struct follower f = {.run = run, .on_progress = on_progress, .on_pause = on_pause, .arg = &w};
    int64_t timeout_s = args_number(args, OPT_TIMEOUT, 0);
    bool streams = prints || cli->out->shows_progress,
         cancels = args_has(args, OPT_CANCEL_ON_INTERRUPT);
    f.retry_for_s = args_number(args, OPT_RETRY_FOR, RETRY_FOR_S);
    f.deadline_ms = args_has(args, OPT_TIMEOUT) ? clock_mono_ms() + timeout_s * 1000 : 0;
    snprintf(f.from, sizeof(f.from), "end");
    if (prints) {
        snprintf(f.from, sizeof(f.from), "%lld.%lld", (long long)from.line, (long long)from.record);
        f.on_line = on_line;
        f.on_record = on_record;
    }
    if (printer_init(&w.printer, cli->out, args, e) < 0)
        return -1;
    interrupt_catch();
    if (!prints)
        show_waiting(&w);
    int end = stay(&w, &f, &row, streams, e);
    if (end == FOLLOW_INTERRUPTED)
        interrupt_take();
    if (end == FOLLOW_INTERRUPTED && cancels && cancel(cli, run, e) == 0) {
        out_note(cli->out, "cancelling run %lld; Ctrl-C again leaves it to that", (long long)run);
        end = stay(&w, &f, &row, streams, e);
    }
    out_progress(cli->out, -1, NULL);
    strbuf_release(&row);
    if (end == FOLLOW_INTERRUPTED)
        leave(cli, run);
    if (end == FOLLOW_LATE)
        return err_set(e, ERR_TIMEOUT, "run %lld has not ended within %lld s; it goes on",
                       (long long)run, (long long)timeout_s);
    return end < 0 ? -1 : tell_end(cli, run, (enum follow_end)end, prints);
}
