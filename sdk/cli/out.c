#include "out.h"

#include "json.h"
#include "text.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PENDING_MAX = 65536, BAR = 24, WORDS_MAX = 400, COUNT_EVERY_MS = 100 };

static bool wants_colours(const struct args *args, int fd)
{
    const char *when = args_text(args, OPT_COLOR, "auto"), *none = getenv("NO_COLOR"),
               *term = getenv("TERM");
    if (strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(fd) && !(none && *none) && !(term && strcmp(term, "dumb") == 0);
}

void out_init(struct out *o, const struct args *args)
{
    *o = (struct out){
        .is_terminal = isatty(STDOUT_FILENO),
        .colours = wants_colours(args, STDOUT_FILENO),
        .err_colours = wants_colours(args, STDERR_FILENO),
        .json = args_has(args, OPT_JSON),
        .quiet = args_has(args, OPT_QUIET),
    };
    o->shows_progress = isatty(STDERR_FILENO) && !o->quiet;
    strbuf_init(&o->pending);
    strbuf_init(&o->progress);
}

void out_release(struct out *o)
{
    out_progress(o, -1, NULL);
    out_flush(o);
    strbuf_release(&o->pending);
    strbuf_release(&o->progress);
}

/* Bytes to stderr, whose loss is nobody's business. */
static void say(const char *s, size_t len)
{
    ssize_t ignored = write(STDERR_FILENO, s, len);
    (void)ignored;
}

static void hide_progress(struct out *o)
{
    if (o->progress.len)
        say("\r\033[K", 4);
}

static void show_progress(struct out *o)
{
    if (o->progress.len)
        say(o->progress.buf, o->progress.len);
}

static NORETURN void end_by_pipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
    exit(128 + SIGPIPE);
}

void out_flush(struct out *o)
{
    if (!o->pending.len)
        return;
    hide_progress(o);
    for (size_t done = 0; done < o->pending.len;) {
        ssize_t n = write(STDOUT_FILENO, o->pending.buf + done, o->pending.len - done);
        if (n < 0 && errno == EPIPE)
            end_by_pipe();
        if (n < 0 && errno != EINTR) {
            fprintf(stderr, "athanor: cannot write to stdout: %s\n", strerror(errno));
            exit(CLI_USAGE);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    strbuf_reset(&o->pending);
    show_progress(o);
}

void out_bytes(struct out *o, const char *s, size_t len)
{
    strbuf_add(&o->pending, s, len);
    if (o->pending.len >= PENDING_MAX)
        out_flush(o);
}

void out_addf(struct out *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    strbuf_vaddf(&o->pending, fmt, ap);
    va_end(ap);
}

void out_text(struct out *o, const char *s)
{
    text_put(&o->pending, s, strlen(s), false);
}

void out_doc(struct out *o, struct doc d)
{
    struct strbuf text = STRBUF_INIT;
    doc_put(&text, d);
    (o->is_terminal ? text_put_lines : text_put)(&o->pending, text.buf, text.len, false);
    strbuf_release(&text);
}

void out_json(struct out *o, struct doc d)
{
    struct strbuf text = STRBUF_INIT;
    if (json_compact(d.at, d.len, &text, NULL) < 0)
        strbuf_adds(&text, "null");
    text_put_json(&o->pending, text.buf, text.len);
    strbuf_release(&text);
    out_bytes(o, "\n", 1);
}

static const char *sequence(enum out_style style)
{
    static const char *const sequences[] = {"\033[0m",  "\033[1m",  "\033[2m", "\033[31m",
                                            "\033[32m", "\033[33m", "\033[34m"};
    return sequences[style];
}

const char *out_style(const struct out *o, enum out_style style)
{
    return o->colours ? sequence(style) : "";
}

enum out_style out_status_style(const char *status)
{
    static const struct {
        const char *status;
        enum out_style style;
    } styles[] = {{"running", OUT_BLUE},
                  {"completed", OUT_GREEN},
                  {"failed", OUT_RED},
                  {"cancelled", OUT_YELLOW}};
    for (size_t i = 0; i < ARRAY_LEN(styles); i++)
        if (strcmp(styles[i].status, status) == 0)
            return styles[i].style;
    return OUT_PLAIN;
}

static void speak(struct out *o, const char *prefix, const char *fmt, va_list ap)
{
    struct strbuf words = STRBUF_INIT, line = STRBUF_INIT;
    strbuf_vaddf(&words, fmt, ap);
    strbuf_adds(&line, prefix);
    text_put(&line, words.buf, words.len, false);
    strbuf_addc(&line, '\n');
    out_flush(o);
    hide_progress(o);
    say(line.buf, line.len);
    show_progress(o);
    strbuf_release(&words);
    strbuf_release(&line);
}

void out_note(struct out *o, const char *fmt, ...)
{
    if (o->quiet)
        return;
    va_list ap;
    va_start(ap, fmt);
    speak(o, "", fmt, ap);
    va_end(ap);
}

void out_say(struct out *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    speak(o, "", fmt, ap);
    va_end(ap);
}

void out_warn(struct out *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    speak(o, o->err_colours ? "\033[31mathanor:\033[0m " : "athanor: ", fmt, ap);
    va_end(ap);
}

/* Cuts the line to the width of the terminal, for it must not wrap. */
static void fit(struct strbuf *line)
{
    struct winsize size = {0};
    size_t width =
        ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 79;
    while (line->len && text_width(line->buf, line->len) > width) {
        do
            strbuf_truncate(line, line->len - 1);
        while (line->len && ((unsigned char)line->buf[line->len - 1] & 0xC0) == 0x80);
    }
}

void out_progress(struct out *o, double percent, const char *words)
{
    if (!o->shows_progress)
        return;
    hide_progress(o);
    strbuf_reset(&o->progress);
    if (!words)
        return;
    if (percent >= 0) {
        int full = (int)lrint(fmin(percent, 100) * BAR / 100);
        strbuf_addc(&o->progress, '[');
        for (int i = 0; i < BAR; i++)
            strbuf_addc(&o->progress, i < full ? '#' : '.');
        strbuf_addf(&o->progress, "] %3.0f%% ", fmin(percent, 100));
    }
    text_put(&o->progress, words, strnlen(words, WORDS_MAX), false);
    fit(&o->progress);
    show_progress(o);
}

static double in_unit(int64_t bytes, const char **unit)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t i = 0;
    for (; value >= 1024 && i + 1 < ARRAY_LEN(units); i++)
        value /= 1024;
    *unit = units[i];
    return value;
}

void out_progress_bytes(struct out *o, const char *what, int64_t bytes, int64_t total)
{
    const char *unit, *total_unit;
    int64_t now = clock_mono_ms();
    if (now - o->counted_ms < COUNT_EVERY_MS)
        return;
    o->counted_ms = now;
    double value = in_unit(bytes, &unit), all = in_unit(total, &total_unit);
    char *words = total > 0
                      ? xasprintf("%s: %.1f %s of %.1f %s", what, value, unit, all, total_unit)
                      : xasprintf("%s: %.1f %s", what, value, unit);
    out_progress(o, total > 0 ? (double)bytes * 100 / (double)total : -1, words);
    free(words);
}
