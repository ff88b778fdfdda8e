#include "log_match.h"

#include "ansi.h"
#include "chunk.h"

#include <string.h>

static const char escape[] = "\\u001b"; /* as chunks write it */

void log_match_init(struct log_match *m, const char *level, const char *q)
{
    m->level = level && *level ? chunk_level_parse(level, strlen(level)) : CHUNK_DEBUG;
    m->has_needle = q && *q;
    fold_needle_init(&m->needle, m->has_needle ? q : "");
    strbuf_init(&m->folded);
    strbuf_init(&m->text);
    strbuf_init(&m->seen);
}

void log_match_release(struct log_match *m)
{
    fold_needle_release(&m->needle);
    strbuf_release(&m->folded);
    strbuf_release(&m->text);
    strbuf_release(&m->seen);
}

static int level_of(const char *element, size_t len)
{
    const char *comma = memchr(element, ',', len);
    return comma && comma + 1 < element + len ? comma[1] - '0' : CHUNK_INFO;
}

/* 1: it holds the needle, 0: not, -1: it is malformed. */
static int matches(struct log_match *m, const char *element, size_t len, struct err *e)
{
    struct chunk_line line;
    strbuf_reset(&m->text);
    strbuf_reset(&m->seen);
    if (chunk_decode(element, len, &line, &m->text, e) != 0)
        return -1;
    ansi_strip(&m->seen, m->text.buf, m->text.len);
    return fold_found(&m->needle, m->seen.buf, m->seen.len);
}

/* Where a chunk's lines can be passed over without decoding them. */
struct sieve {
    const struct strbuf *folded; /* NULL: nowhere */
    const struct strbuf *needle;
    bool escapes;   /* the needle may stand in pieces, with sequences between them */
    const char *at; /* the first place not searched yet */
    const char *hit;
};

static struct sieve make_sieve(struct log_match *m, const char *body, size_t len)
{
    struct sieve v = {.needle = &m->needle.folded};
    if (!m->has_needle || !m->needle.plain)
        return v;
    strbuf_reset(&m->folded);
    fold_ascii(&m->folded, body, len);
    v.folded = &m->folded;
    v.at = m->folded.buf;
    v.escapes = memmem(m->folded.buf, len, escape, sizeof(escape) - 1) != NULL;
    return v;
}

static const char *find(const char *from, const char *end, const char *what, size_t len)
{
    return from < end ? memmem(from, (size_t)(end - from), what, len) : NULL;
}

enum verdict { NO, MAYBE, YES };

/* Whether a hit stands within the text, for the many elements that need no decoding to tell:
 * `[ms,level,"text"]` or `[ms,level,"text",source]` without an escape. */
static bool in_text(const char *element, size_t len, const char *hit, const char *hit_end)
{
    const char *comma = memchr(element, ',', len), *end = element + len - 1;
    if (end - element > 3 && end[-1] != '"' && end[-2] == ',')
        end -= 2;
    if (!comma || end[-1] != '"' || hit < comma + 4 || hit_end > end - 1)
        return false;
    const char *text = comma + 4;
    size_t text_len = (size_t)(end - 1 - text);
    return !memchr(text, '\\', text_len) && !memchr(text, '"', text_len);
}

/* Whether the element, which stands at `offset` of the chunk, holds the needle. */
static enum verdict judge(struct sieve *v, const char *body, size_t offset, size_t len)
{
    if (!v->folded)
        return MAYBE;
    const char *from = v->folded->buf + offset, *end = from + len;
    if (v->escapes && find(from, end, escape, sizeof(escape) - 1))
        return MAYBE;
    if (v->at <= from) {
        const char *last = v->folded->buf + v->folded->len;
        v->hit = find(from, last, v->needle->buf, v->needle->len);
        v->at = v->hit ? v->hit + 1 : last;
    }
    if (!v->hit || v->hit < from || v->hit >= end)
        return NO;
    const char *hit = body + (v->hit - v->folded->buf);
    return in_text(body + offset, len, hit, hit + v->needle->len) ? YES : MAYBE;
}

int log_match_chunk(struct log_match *m, const char *body, size_t len, log_match_cb *each,
                    void *arg, struct err *e)
{
    struct chunk_iter it;
    const char *element;
    size_t element_len;
    if (chunk_iter_init(&it, body, len, e) != 0)
        return -1;
    struct sieve sieve = make_sieve(m, body, len);
    while (chunk_iter_next(&it, &element, &element_len)) {
        if (level_of(element, element_len) < m->level)
            continue;
        enum verdict verdict =
            m->has_needle ? judge(&sieve, body, (size_t)(element - body), element_len) : YES;
        if (verdict == NO && !sieve.escapes && !sieve.hit)
            return 0; /* nor does any further one */
        int rc = verdict == MAYBE ? matches(m, element, element_len, e) : verdict == YES;
        if (rc < 0)
            return -1;
        if (rc > 0 && !each(arg, it.line, element, element_len))
            return 0;
    }
    if (it.at != it.end)
        return err_set(e, ERR_INVALID, "a chunk of log lines is malformed behind line %lld",
                       (long long)it.line);
    return 0;
}
