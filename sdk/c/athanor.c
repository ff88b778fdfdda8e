#include "internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- The run ------------------------------------------------------------------------------- */

static struct athanor_run the_run;
static pthread_once_t run_once = PTHREAD_ONCE_INIT;

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static void read_run(void)
{
    the_run = (struct athanor_run){
        .id = atoll(env("ATHANOR_RUN_ID")),
        .number = atoll(env("ATHANOR_RUN_NUMBER")),
        .instance_id = atoll(env("ATHANOR_INSTANCE_ID")),
        .instance_name = env("ATHANOR_INSTANCE_NAME"),
        .experiment = env("ATHANOR_EXPERIMENT"),
        .dir = env("ATHANOR_DIR"),
    };
}

const struct athanor_run *athanor_run(void)
{
    pthread_once(&run_once, read_run);
    return &the_run;
}

/* --- Messages ------------------------------------------------------------------------------ */

/* Begins `{"type":"TYPE"`. */
static void begin(struct text *t, const char *type)
{
    athanor_text_adds(t, "{\"type\":\"");
    athanor_text_adds(t, type);
    athanor_text_adds(t, "\"");
}

static void add_name(struct text *t, const char *name)
{
    athanor_text_adds(t, ",\"");
    athanor_text_adds(t, name);
    athanor_text_adds(t, "\":");
}

static void add_string(struct text *t, const char *name, const char *value)
{
    add_name(t, name);
    athanor_text_add_string(t, value);
}

/* Ends the message and hands it over, or shows it on stderr when there is no runner. */
static int end(struct text *t)
{
    athanor_text_adds(t, "}\n");
    int result = -1;
    if (!t->failed) {
        if (athanor_writer_connected()) {
            result = athanor_writer_send(t->buf, t->len);
        } else {
            fwrite(t->buf, 1, t->len, stderr);
            result = 0;
        }
    }
    athanor_text_release(t);
    return result;
}

/* JSON text of the caller's. An end of line would end the message; between the tokens, where alone
 * it may stand, a blank does as well. */
static void add_json(struct text *t, const char *json)
{
    size_t start = t->len;
    athanor_text_adds(t, json ? json : "null");
    for (size_t i = start; i < t->len; i++) {
        if (t->buf[i] == '\n' || t->buf[i] == '\r')
            t->buf[i] = ' ';
    }
}

/* One argument of a `fields` text; false for an unknown type. */
static bool add_argument(struct text *t, char type, va_list *ap)
{
    switch (type) {
    case 's':
        athanor_text_add_string(t, va_arg(*ap, const char *));
        return true;
    case 'd':
        athanor_text_add_int(t, va_arg(*ap, int));
        return true;
    case 'l':
        athanor_text_add_int(t, va_arg(*ap, long long));
        return true;
    case 'f':
        athanor_text_add_double(t, va_arg(*ap, double));
        return true;
    case 'b':
        athanor_text_adds(t, va_arg(*ap, int) ? "true" : "false");
        return true;
    case 'j':
        add_json(t, va_arg(*ap, const char *));
        return true;
    case 'n':
        athanor_text_adds(t, "null");
        return true;
    default:
        return false;
    }
}

/* Appends the object that `fields` and its arguments describe; marks t as failed when it is not of
 * the form "name:t name:t". */
static void add_fields(struct text *t, const char *fields, va_list *ap)
{
    athanor_text_adds(t, "{");
    bool first = true;
    for (const char *s = fields ? fields : ""; *(s += strspn(s, " "));) {
        size_t len = strcspn(s, ": ");
        char name[256];
        if (!len || len >= sizeof(name) || s[len] != ':') {
            t->failed = true;
            return;
        }
        memcpy(name, s, len);
        name[len] = '\0';
        s += len + 1;
        if (!first)
            athanor_text_adds(t, ",");
        first = false;
        athanor_text_add_string(t, name);
        athanor_text_adds(t, ":");
        if (!add_argument(t, *s, ap) || (s[1] && s[1] != ' ')) {
            t->failed = true;
            return;
        }
        s++;
    }
    athanor_text_adds(t, "}");
}

/* --- Log ----------------------------------------------------------------------------------- */

static const char *level_name(enum athanor_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    return (unsigned)level < 4 ? names[level] : "info";
}

static void begin_log(struct text *t, enum athanor_level level, const char *message)
{
    begin(t, "log");
    add_string(t, "level", level_name(level));
    add_string(t, "message", message ? message : "");
}

int athanor_log(enum athanor_level level, const char *message)
{
    struct text t = {0};
    begin_log(&t, level, message);
    return end(&t);
}

int athanor_logf(enum athanor_level level, const char *format, ...)
{
    char *message = NULL;
    va_list ap;
    va_start(ap, format);
    int n = vasprintf(&message, format, ap);
    va_end(ap);
    if (n < 0)
        return -1;
    int result = athanor_log(level, message);
    free(message);
    return result;
}

int athanor_log_fields(enum athanor_level level, const char *message, const char *fields, ...)
{
    struct text t = {0};
    begin_log(&t, level, message);
    add_name(&t, "metadata");
    va_list ap;
    va_start(ap, fields);
    add_fields(&t, fields, &ap);
    va_end(ap);
    return end(&t);
}

int athanor_log_batch(enum athanor_level level, const char *const *messages, size_t count)
{
    int result = 0;
    for (size_t i = 0; i < count; i++)
        result |= athanor_log(level, messages[i]);
    return result;
}

/* --- Progress, results, metrics -------------------------------------------------------------- */

int athanor_progress(long long current, long long total, const char *message)
{
    struct text t = {0};
    begin(&t, "progress");
    add_name(&t, "current");
    athanor_text_add_int(&t, current);
    if (total > 0) {
        add_name(&t, "total");
        athanor_text_add_int(&t, total);
    }
    if (message)
        add_string(&t, "message", message);
    return end(&t);
}

static void begin_result(struct text *t, const char *key)
{
    begin(t, "result");
    add_string(t, "key", key);
    add_name(t, "value");
}

int athanor_result_double(const char *key, double value)
{
    struct text t = {0};
    begin_result(&t, key);
    athanor_text_add_double(&t, value);
    return end(&t);
}

int athanor_result_int(const char *key, long long value)
{
    struct text t = {0};
    begin_result(&t, key);
    athanor_text_add_int(&t, value);
    return end(&t);
}

int athanor_result_string(const char *key, const char *value)
{
    struct text t = {0};
    begin_result(&t, key);
    athanor_text_add_string(&t, value);
    return end(&t);
}

int athanor_result_json(const char *key, const char *json)
{
    struct text t = {0};
    begin_result(&t, key);
    add_json(&t, json);
    return end(&t);
}

int athanor_result_fields(const char *key, const char *fields, ...)
{
    struct text t = {0};
    begin_result(&t, key);
    va_list ap;
    va_start(ap, fields);
    add_fields(&t, fields, &ap);
    va_end(ap);
    return end(&t);
}

int athanor_metric(const char *key, double step, double value)
{
    struct text t = {0};
    begin(&t, "metric");
    add_string(&t, "key", key);
    add_name(&t, "step");
    athanor_text_add_double(&t, step);
    add_name(&t, "value");
    athanor_text_add_double(&t, value);
    return end(&t);
}

int athanor_row(const char *table, const char *fields, ...)
{
    struct text t = {0};
    begin(&t, "row");
    add_string(&t, "table", table);
    add_name(&t, "values");
    va_list ap;
    va_start(ap, fields);
    add_fields(&t, fields, &ap);
    va_end(ap);
    return end(&t);
}

/* --- Events, artifacts, facts ---------------------------------------------------------------- */

int athanor_event(const char *kind, const char *message, double duration_ms, const char *fields,
                  ...)
{
    struct text t = {0};
    begin(&t, "event");
    add_string(&t, "kind", kind);
    if (message)
        add_string(&t, "message", message);
    if (fields && *fields) {
        add_name(&t, "payload");
        va_list ap;
        va_start(ap, fields);
        add_fields(&t, fields, &ap);
        va_end(ap);
    }
    if (duration_ms >= 0) {
        add_name(&t, "duration_ms");
        athanor_text_add_double(&t, duration_ms);
    }
    return end(&t);
}

int athanor_artifact(const char *path, const char *name)
{
    struct text t = {0};
    begin(&t, "artifact");
    add_string(&t, "path", path);
    if (name)
        add_string(&t, "name", name);
    return end(&t);
}

int athanor_fact(const char *key, const char *value)
{
    struct text t = {0};
    begin(&t, "fact");
    add_string(&t, "key", key);
    add_string(&t, "value", value);
    return end(&t);
}

/* --- The end --------------------------------------------------------------------------------- */

int athanor_complete(void)
{
    struct text t = {0};
    begin(&t, "complete");
    int result = end(&t);
    athanor_flush();
    return result;
}

int athanor_fail(const char *error)
{
    struct text t = {0};
    begin(&t, "fail");
    add_string(&t, "error", error);
    int result = end(&t);
    athanor_flush();
    return result;
}

static volatile sig_atomic_t cancel_seen;

static void on_sigterm(int signo)
{
    (void)signo;
    cancel_seen = 1;
}

void athanor_catch_cancel(void)
{
    struct sigaction act = {.sa_handler = on_sigterm, .sa_flags = SA_RESTART};
    sigemptyset(&act.sa_mask);
    sigaction(SIGTERM, &act, NULL);
}

bool athanor_cancelled(void)
{
    return cancel_seen != 0;
}
