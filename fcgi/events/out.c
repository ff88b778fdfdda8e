#include "out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { HEADERS_MAX = 16, IOV_LEN = OUT_PIECES + 2 * HEADERS_MAX + 4, RAW_MAX = 2048 };

struct piece {
    const char *data;
    size_t len;
    struct frame *frame; /* NULL: private text */
};

/* Where a write stands. Content bytes are those of the pieces; a record's header announces some of
 * them. */
struct place {
    size_t piece, skip; /* the next content byte */
    size_t left;        /* content bytes to come */
    size_t record_left; /* of those, announced already */
    size_t raw_left;    /* bytes before all content */
    unsigned char header[FASTCGI_HEADER];
    size_t header_left;
    unsigned char tail[FASTCGI_END_LEN];
    size_t tail_left;
};

struct message {
    uint16_t request;
    const char *raw_end; /* the raw bytes end here */
    const struct piece *pieces;
    struct place at;
};

struct out {
    struct message m;
    struct piece pieces[OUT_PIECES];
    size_t count;
    char text[OUT_TEXT];
    size_t text_len;
    char raw[RAW_MAX];
    struct frame *held[OUT_PIECES];
    size_t held_count;
};

struct out_rest {
    struct message m;
    size_t count, bytes;
    char *text; /* private texts and raw bytes */
    struct piece pieces[];
};

struct out *out_new(void)
{
    struct out *o = xcalloc(1, sizeof(*o));
    o->m.pieces = o->pieces;
    return o;
}

static void drop_held(struct out *o)
{
    while (o->held_count)
        frame_unref(o->held[--o->held_count]);
}

void out_free(struct out *o)
{
    if (o)
        drop_held(o);
    free(o);
}

void out_hold(struct out *o, struct frame *f)
{
    o->held[o->held_count++] = f; /* each is a piece at least, so there is room */
}

void out_begin(struct out *o, uint16_t request)
{
    drop_held(o);
    o->m.request = request;
    o->m.at = (struct place){0};
    o->count = o->text_len = 0;
}

bool out_is_empty(const struct out *o)
{
    return !o->m.at.left && !o->m.at.tail_left && !o->m.at.raw_left;
}

static void add_piece(struct out *o, const char *data, size_t len, struct frame *f)
{
    struct piece *last = o->count ? &o->pieces[o->count - 1] : NULL;
    o->m.at.left += len;
    if (last && !f && !last->frame && last->data + last->len == data)
        last->len += len;
    else
        o->pieces[o->count++] = (struct piece){data, len, f};
}

static bool has_room(const struct out *o, size_t pieces, size_t text, size_t len)
{
    if (o->count + pieces > OUT_PIECES || o->text_len + text > OUT_TEXT)
        return false;
    return o->m.at.left + len <= OUT_BYTES || !o->m.at.left;
}

bool out_text(struct out *o, const char *text, size_t len)
{
    if (!has_room(o, 1, len, len))
        return false;
    char *at = o->text + o->text_len;
    memcpy(at, text, len);
    o->text_len += len;
    add_piece(o, at, len, NULL);
    return true;
}

bool out_one(struct out *o, struct frame *f)
{
    size_t len = f->len - f->one_at;
    if (!has_room(o, 1, 0, len))
        return false;
    add_piece(o, f->bytes + f->one_at, len, f);
    return true;
}

bool out_many(struct out *o, struct frame *f, const char *vector, size_t len)
{
    size_t tail = f->len - f->tail_at;
    if (!has_room(o, 3, len, len + f->one_at + tail))
        return false;
    char *at = o->text + o->text_len;
    memcpy(at, vector, len);
    o->text_len += len;
    if (len)
        add_piece(o, at, len, NULL);
    add_piece(o, f->bytes, f->one_at, f);
    add_piece(o, f->bytes + f->tail_at, tail, f);
    return true;
}

void out_end(struct out *o)
{
    fastcgi_put_end(o->m.at.tail, o->m.request);
    o->m.at.tail_left = FASTCGI_END_LEN;
}

bool out_raw(struct out *o, const char *data, size_t len)
{
    if (o->m.at.raw_left || len > RAW_MAX)
        return false;
    memcpy(o->raw, data, len);
    o->m.raw_end = o->raw + len;
    o->m.at.raw_left = len;
    return true;
}

/* Announces the next record, when one is due. */
static void start_record(struct message *m, struct place *p)
{
    if (p->header_left || p->record_left || !p->left)
        return;
    p->record_left = MIN(p->left, (size_t)FASTCGI_CONTENT_MAX);
    p->header_left = FASTCGI_HEADER;
    fastcgi_put_header(p->header, FASTCGI_STDOUT, m->request, (uint16_t)p->record_left);
}

/* What comes next in a straight line from p; its bytes. Moves p by `take` of them (SIZE_MAX: all).
 */
static size_t step(struct message *m, struct place *p, size_t take, const char **data)
{
    size_t len;
    if (p->raw_left) {
        *data = m->raw_end - p->raw_left;
        len = MIN(take, p->raw_left);
        p->raw_left -= len;
        return len;
    }
    start_record(m, p);
    if (p->header_left) {
        *data = (const char *)p->header + FASTCGI_HEADER - p->header_left;
        len = MIN(take, p->header_left);
        p->header_left -= len;
    } else if (p->record_left) {
        const struct piece *piece = &m->pieces[p->piece];
        *data = piece->data + p->skip;
        len = MIN(take, MIN(p->record_left, piece->len - p->skip));
        p->record_left -= len;
        p->left -= len;
        p->skip += len;
        if (p->skip == piece->len) {
            p->piece++;
            p->skip = 0;
        }
    } else {
        *data = (const char *)p->tail + FASTCGI_END_LEN - p->tail_left;
        len = MIN(take, p->tail_left);
        p->tail_left -= len;
    }
    return len;
}

static bool finished(const struct place *p)
{
    return !p->left && !p->header_left && !p->tail_left && !p->raw_left;
}

/* Lays out the next write. Headers are copied, since the walk's own place goes away. */
static int lay_out(struct message *m, struct iovec *iov, unsigned char headers[][FASTCGI_END_LEN])
{
    struct place p = m->at;
    int n = 0, used = 0;
    while (!finished(&p) && n < IOV_LEN && used < HEADERS_MAX) {
        const char *data;
        const char *from = (const char *)&p, *to = from + sizeof(p);
        size_t len = step(m, &p, SIZE_MAX, &data);
        if (data >= from && data < to) {
            memcpy(headers[used], data, len);
            data = (const char *)headers[used++];
        }
        iov[n++] = (struct iovec){(void *)(uintptr_t)data, len};
    }
    return n;
}

static enum out_result push(struct message *m, int fd, size_t *sent)
{
    while (!finished(&m->at)) {
        struct iovec iov[IOV_LEN];
        unsigned char headers[HEADERS_MAX][FASTCGI_END_LEN];
        struct msghdr msg = {.msg_iov = iov, .msg_iovlen = (size_t)lay_out(m, iov, headers)};
        ssize_t wrote = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return errno == EAGAIN ? OUT_FULL : OUT_GONE;
        *sent += (size_t)wrote;
        for (size_t todo = (size_t)wrote; todo > 0;) {
            const char *data;
            todo -= step(m, &m->at, todo, &data);
        }
    }
    return OUT_DONE;
}

/* Moves what is left out of the shared out: frames by reference, private bytes by copy. */
static struct out_rest *keep(const struct out *o)
{
    const struct place *at = &o->m.at;
    size_t count = o->count - at->piece, text = at->raw_left, used = 0;
    for (size_t i = at->piece; i < o->count; i++)
        text += o->pieces[i].frame ? 0 : o->pieces[i].len;
    struct out_rest *r = xcalloc(1, sizeof(*r) + count * sizeof(struct piece));
    r->text = xmalloc(text + 1);
    r->count = count;
    r->bytes = sizeof(*r) + count * sizeof(struct piece) + text;
    r->m = o->m;
    r->m.pieces = r->pieces;
    r->m.at.piece = 0;
    if (at->raw_left) {
        memcpy(r->text, o->m.raw_end - at->raw_left, at->raw_left);
        used = at->raw_left;
    }
    r->m.raw_end = r->text + used;
    for (size_t i = 0; i < count; i++) {
        struct piece p = o->pieces[at->piece + i];
        if (p.frame) {
            frame_ref(p.frame);
            r->bytes += p.len;
        } else {
            memcpy(r->text + used, p.data, p.len);
            p.data = r->text + used;
            used += p.len;
        }
        r->pieces[i] = p;
    }
    return r;
}

enum out_result out_push(struct out *o, int fd, size_t *sent, struct out_rest **rest)
{
    enum out_result result = push(&o->m, fd, sent);
    if (result == OUT_FULL)
        *rest = keep(o);
    return result;
}

enum out_result out_resume(struct out_rest *r, int fd, size_t *sent)
{
    return push(&r->m, fd, sent);
}

void out_rest_free(struct out_rest *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        frame_unref(r->pieces[i].frame);
    free(r->text);
    free(r);
}

size_t out_rest_bytes(const struct out_rest *r)
{
    return r->bytes;
}
