#include "journal.h"

#include "json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct journal {
    int64_t run, now_ms;
    struct batch *open;
    void (*full)(void *arg);
    void *arg;
};

struct journal *journal_new(int64_t run, int64_t lines, int64_t records, int64_t bytes)
{
    struct journal *j = xcalloc(1, sizeof(*j));
    j->run = run;
    j->open = batch_new(run, lines, records, bytes);
    return j;
}

void journal_free(struct journal *j)
{
    if (!j)
        return;
    batch_free(j->open);
    free(j);
}

void journal_on_full(struct journal *j, void (*full)(void *arg), void *arg)
{
    j->full = full;
    j->arg = arg;
}

void journal_set_time(struct journal *j, int64_t ms)
{
    j->now_ms = MAX(j->now_ms, ms);
}

void journal_line(struct journal *j, int source, const char *text, size_t len, int flags)
{
    struct chunk_line line = {
        .ms = j->now_ms,
        .level = CHUNK_INFO,
        .text = text,
        .text_len = len,
        .source = source,
        .flags = flags,
    };
    batch_add_line(j->open, &line);
}

/* A text of any length, in pieces cut between characters. */
static void add_text(struct journal *j, struct chunk_line line)
{
    while (line.text_len > CHUNK_LINE_MAX) {
        struct chunk_line piece = line;
        size_t cut = CHUNK_LINE_MAX;
        while (cut > CHUNK_LINE_MAX - 4 && ((unsigned char)line.text[cut] & 0xC0) == 0x80)
            cut--;
        piece.text_len = cut;
        piece.flags = CHUNK_CONTINUED;
        batch_add_line(j->open, &piece);
        line.metadata = NULL; /* stands at the first piece */
        line.text += cut;
        line.text_len -= cut;
    }
    batch_add_line(j->open, &line);
}

static void say(struct journal *j, int level, const char *text, size_t len, const char *metadata,
                size_t metadata_len)
{
    add_text(j, (struct chunk_line){
                    .ms = j->now_ms,
                    .level = level,
                    .text = text,
                    .text_len = len,
                    .source = CHUNK_MESSAGE,
                    .metadata = metadata,
                    .metadata_len = metadata_len,
                });
}

void journal_warn(struct journal *j, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    say(j, CHUNK_WARN, text.buf, text.len, NULL, 0);
    strbuf_release(&text);
}

void journal_refuse(struct journal *j, const char *text, size_t len, const char *why)
{
    struct strbuf line = STRBUF_INIT;
    size_t shown = MIN(len, (size_t)MESSAGE_QUOTE);
    while (shown < len && shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80)
        shown--;
    strbuf_addf(&line, "a message was not understood: %s: ", why);
    strbuf_add(&line, text, shown);
    if (shown < len)
        strbuf_addf(&line, "... (%zu bytes)", len);
    say(j, CHUNK_WARN, line.buf, line.len, NULL, 0);
    strbuf_release(&line);
}

/* -- records -- */

static void put_member(struct journal *j, const char *name, const struct message *m,
                       enum message_member member, bool quote)
{
    size_t len;
    const char *value = message_get(m, member, &len);
    struct strbuf *out = &j->open->text;
    strbuf_addf(out, ",\"%s\":", name);
    size_t raw_len;
    const char *raw = message_raw(m, member, &raw_len);
    if (raw) {
        strbuf_grow(out, raw_len + 1);
        if (json_compact(raw, raw_len, out, NULL) != 0)
            die("a value that was checked is not valid");
        return;
    }
    if (!value)
        strbuf_adds(out, "null");
    else if (quote)
        json_put_string(out, value, len);
    else
        strbuf_add(out, value, len);
}

static void begin(struct journal *j, enum record_kind kind, const struct message *m,
                  enum message_member member)
{
    size_t len;
    const char *key = message_get(m, member, &len);
    batch_begin_record(j->open, kind, j->now_ms, key, len);
}

/* `key` and one value: result, fact, row. */
static void put_pair(struct journal *j, enum record_kind kind, const struct message *m,
                     const char *key_name, enum message_member key, const char *value_name,
                     enum message_member value)
{
    begin(j, kind, m, key);
    put_member(j, key_name, m, key, true);
    size_t small = batch_record_len(j->open);
    put_member(j, value_name, m, value, false);
    batch_end_record(j->open, small);
}

static void put_event(struct journal *j, const struct message *m)
{
    size_t message_len;
    message_get(m, MEMBER_MESSAGE, &message_len);
    begin(j, RECORD_EVENT, m, MEMBER_KIND);
    put_member(j, "event", m, MEMBER_KIND, true);
    put_member(j, "duration_ms", m, MEMBER_DURATION, false);
    size_t small = batch_record_len(j->open);
    put_member(j, "message", m, MEMBER_MESSAGE, true);
    if (message_len <= 4096)
        small = batch_record_len(j->open);
    put_member(j, "payload", m, MEMBER_PAYLOAD, false);
    batch_end_record(j->open, small);
}

static void put_metric(struct journal *j, const struct message *m)
{
    size_t key_len, step_len, value_len;
    const char *key = message_get(m, MEMBER_KEY, &key_len);
    const char *step = message_get(m, MEMBER_STEP, &step_len);
    const char *value = message_get(m, MEMBER_VALUE, &value_len);
    batch_add_point(j->open, key, key_len, strtod(step, NULL), step, step_len, value, value_len,
                    j->now_ms);
}

/* A long text is decoded piece by piece: as a whole it may be three times as long as it was sent.
 */
static void say_raw(struct journal *j, struct chunk_line line, const char *raw, size_t len)
{
    struct strbuf piece = STRBUF_INIT;
    const char *end = raw + len;
    while (raw < end) {
        strbuf_reset(&piece);
        if (json_decode_part(&raw, end, CHUNK_LINE_MAX, &piece, NULL) != 0)
            die("a text that was checked is not valid");
        line.text = piece.buf;
        line.text_len = piece.len;
        line.flags = raw < end ? CHUNK_CONTINUED : 0;
        batch_add_line(j->open, &line);
        line.metadata = NULL; /* stands at the first piece */
        if (raw < end && len >= JOURNAL_LONG && j->full && batch_size(j->open) >= BATCH_FULL)
            j->full(j->arg);
    }
    strbuf_release(&piece);
}

static void put_log(struct journal *j, const struct message *m)
{
    size_t len, metadata_len, raw_len;
    const char *text = message_get(m, MEMBER_MESSAGE, &len);
    const char *metadata = message_get(m, MEMBER_METADATA, &metadata_len);
    const char *raw = message_raw(m, MEMBER_MESSAGE, &raw_len);
    if (raw) {
        say_raw(j,
                (struct chunk_line){.ms = j->now_ms,
                                    .level = m->level,
                                    .source = CHUNK_MESSAGE,
                                    .metadata = metadata,
                                    .metadata_len = metadata_len},
                raw, raw_len);
        return;
    }
    say(j, m->level, text, len, metadata, metadata_len);
}

void journal_message(struct journal *j, const struct message *m)
{
    switch (m->type) {
    case MESSAGE_LOG:
        put_log(j, m);
        break;
    case MESSAGE_METRIC:
        put_metric(j, m);
        break;
    case MESSAGE_RESULT:
        put_pair(j, RECORD_RESULT, m, "key", MEMBER_KEY, "value", MEMBER_VALUE);
        break;
    case MESSAGE_FACT:
        put_pair(j, RECORD_FACT, m, "key", MEMBER_KEY, "value", MEMBER_VALUE);
        break;
    case MESSAGE_ROW:
        put_pair(j, RECORD_ROW, m, "table", MEMBER_TABLE, "values", MEMBER_VALUES);
        break;
    case MESSAGE_EVENT:
        put_event(j, m);
        break;
    case MESSAGE_PROGRESS:
    case MESSAGE_ARTIFACT:
    case MESSAGE_COMPLETE:
    case MESSAGE_FAIL:
    case MESSAGE_TYPES:
        die("a message that is no line and no record came to the journal");
    }
}

void journal_event(struct journal *j, const char *event, const char *message, const char *payload)
{
    struct strbuf *out = &j->open->text;
    batch_begin_record(j->open, RECORD_EVENT, j->now_ms, event, strlen(event));
    strbuf_adds(out, ",\"event\":");
    json_put_cstring(out, event);
    strbuf_adds(out, ",\"duration_ms\":null,\"message\":");
    json_put_cstring(out, message);
    strbuf_addf(out, ",\"payload\":%s", payload);
    batch_end_record(j->open, batch_record_len(j->open));
}

void journal_artifact(struct journal *j, const char *name, const char *sha256, int64_t size,
                      const char *media_type)
{
    struct strbuf *out = &j->open->text;
    batch_begin_record(j->open, RECORD_ARTIFACT, j->now_ms, name, strlen(name));
    strbuf_adds(out, ",\"name\":");
    json_put_cstring(out, name);
    strbuf_addf(out, ",\"sha256\":\"%s\",\"size\":%lld,\"media_type\":", sha256, (long long)size);
    json_put_cstring(out, media_type);
    batch_end_record(j->open, batch_record_len(j->open));
}

/* -- batches -- */

int64_t journal_next_line(const struct journal *j)
{
    return j->open->head.last_line + 1;
}

bool journal_is_empty(const struct journal *j)
{
    return batch_is_empty(j->open);
}

size_t journal_size(const struct journal *j)
{
    return batch_size(j->open);
}

struct batch *journal_take(struct journal *j)
{
    struct batch *b = j->open;
    batch_seal(b);
    j->open = batch_new(j->run, b->head.last_line, b->head.last_record, b->head.last_byte);
    return b;
}
