/* Uploads: CSV and forms with files, cut into pieces by the first byte. */
#include "csv_facts.h"
#include "multipart.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    const uint8_t *data;
    size_t len, piece;
};

static ssize_t read_source(void *arg, void *buf, size_t len)
{
    struct source *s = arg;
    size_t n = MIN(MIN(len, s->piece), s->len);
    memcpy(buf, s->data, n);
    s->data += n;
    s->len -= n;
    return (ssize_t)n;
}

/* The same is told however the file is cut. */
static char *tell(const uint8_t *data, size_t size, size_t piece)
{
    struct csv_facts *f = csv_facts_new();
    struct strbuf out = STRBUF_INIT;
    struct err e = {0};
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < size; at += piece)
        rc = csv_facts_feed(f, (const char *)data + at, MIN(piece, size - at), &e);
    if (rc == 0 && csv_facts_end(f, &e) == 0) {
        strbuf_addf(&out, "%lld", (long long)csv_facts_rows(f));
        csv_facts_put_columns(f, &out);
        csv_facts_put_sample(f, &out);
        csv_facts_put_notes(f, &out);
    }
    csv_facts_free(f);
    return strbuf_detach(&out, NULL);
}

static void read_form(const uint8_t *data, size_t size, size_t piece)
{
    struct source s = {data, size, piece};
    struct multipart *m = xmalloc(sizeof(*m));
    struct err e;
    char buf[16];
    if (multipart_init(m, "multipart/form-data; boundary=b", read_source, &s, &e) != 0)
        die("a boundary was not taken");
    while (multipart_next(m, &e) == 1) {
        while (multipart_read(m, buf, sizeof(buf)) > 0) {
        }
    }
    free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t piece = 1 + data[0] % 32;
    char *whole = tell(data + 1, size - 1, size), *pieces = tell(data + 1, size - 1, piece);
    if (strcmp(whole, pieces) != 0)
        die("pieces tell something else");
    free(whole);
    free(pieces);
    read_form(data + 1, size - 1, piece);
    return 0;
}
