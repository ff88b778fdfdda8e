/* Whatever comes through fd 3 becomes a batch whose texts are JSON that everybody reads, and which
 * comes back from its encoded form. */
#include "hearing.h"

#include "json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, const struct message *m)
{
    (void)arg;
    (void)m;
}

/* Numbers may be larger than jansson holds; everything else must be right. */
static void check_json(const char *text, size_t len)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!value && json_error_code(&error) != json_error_numeric_overflow)
        die("not JSON: %s: %.*s", error.text, (int)MIN(len, (size_t)500), text);
    json_decref(value);
}

static void check_batch(const struct batch *b)
{
    if (b->chunk.len)
        check_json(b->chunk.buf, b->chunk.len);
    for (size_t i = 0; i < batch_record_count(b); i++) {
        const struct batch_record *r = batch_record(b, i);
        check_json(batch_text(b, r->body), r->body.len);
        if (r->key.len > BATCH_KEY_MAX)
            die("a key of %u bytes", r->key.len);
        if (batch_text(b, r->brief))
            check_json(batch_text(b, r->brief), r->brief.len);
    }
    for (size_t i = 0; i < batch_series_count(b); i++)
        check_json(batch_text(b, batch_series(b, i)->body), batch_series(b, i)->body.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal *j = journal_new(1, 0, 0, 0);
    struct hearing *h = hearing_new(j, &(struct hearing_events){.message = ignore});
    struct iovec iov[1 + BATCH_SECTIONS];
    struct strbuf encoded = STRBUF_INIT;
    size_t half = size / 2;
    hearing_feed(h, HEARING_MESSAGES, (const char *)data, half);
    hearing_feed(h, HEARING_MESSAGES, (const char *)data + half, size - half);
    hearing_finish(h);
    struct batch *b = journal_take(j);
    check_batch(b);
    batch_encode(b, iov);
    for (size_t i = 0; i < ARRAY_LEN(iov); i++)
        strbuf_add(&encoded, iov[i].iov_base, iov[i].iov_len);
    struct batch *again = batch_decode(1, encoded.buf, encoded.len, NULL);
    if (!again)
        die("it does not come back from its encoded form");
    batch_free(again);
    batch_free(b);
    hearing_free(h);
    journal_free(j);
    strbuf_release(&encoded);
    return 0;
}
