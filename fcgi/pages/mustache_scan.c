#include "mustache_scan.h"

#include "mustache.h"

#include <stdlib.h>
#include <string.h>

struct delimiter {
    const char *s;
    size_t len;
};

struct scanner {
    const char *name, *src;
    size_t len, pos;
    uint32_t line;
    struct delimiter open, close;
    struct mustache_tokens *out;
    uint32_t stack[MUSTACHE_MAX_NESTING]; /* tokens that wait for their closing tag */
    size_t depth;

    /* The current line, which begins behind the last newline in a text. */
    uint32_t line_first; /* its first token */
    uint32_t last_tag;
    uint32_t tags;
    bool filled;         /* holds an interpolation or text that is not white space */
    bool texted;         /* holds text that is not white space */
    size_t indent_begin; /* where its indentation starts in `indents` */
    bool indent_kept;    /* its first tag refers to it */
    struct err *e;
};

/* The length of the character at p if JavaScript's \s matches it, else 0. */
static size_t space_len(const char *p, const char *end)
{
    unsigned char c = (unsigned char)p[0];
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    if (c < 0xc2)
        return 0;
    if (end - p >= 2 && !memcmp(p, "\xc2\xa0", 2))
        return 2;
    if (end - p < 3)
        return 0;
    unsigned char d = (unsigned char)p[1], last = (unsigned char)p[2];
    if (c == 0xe2 && d == 0x80 && (last <= 0x8a || last == 0xa8 || last == 0xa9 || last == 0xaf))
        return 3;
    bool other = !memcmp(p, "\xe1\x9a\x80", 3) || !memcmp(p, "\xe2\x81\x9f", 3) ||
                 !memcmp(p, "\xe3\x80\x80", 3) || !memcmp(p, "\xef\xbb\xbf", 3);
    return other ? 3 : 0;
}

static size_t skip_space(const char *src, size_t at, size_t end)
{
    size_t n;
    while (at < end && (n = space_len(src + at, src + end)))
        at += n;
    return at;
}

/* The range without the white space around it. */
static void trim(const char *src, size_t *at, size_t *end)
{
    *at = skip_space(src, *at, *end);
    size_t keep = *at;
    for (size_t i = *at; i < *end;) {
        size_t n = space_len(src + i, src + *end);
        i += n ? n : 1;
        if (!n)
            keep = i;
    }
    *end = keep;
}

static uint32_t count_newlines(const char *s, size_t len)
{
    uint32_t n = 0;
    for (const char *p = s; (p = memchr(p, '\n', len - (size_t)(p - s))); p++)
        n++;
    return n;
}

static struct mustache_token *add_token(struct scanner *s, char type, size_t at, size_t end)
{
    struct mustache_tokens *out = s->out;
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 64;
        out->items = xreallocarray(out->items, out->cap, sizeof(*out->items));
    }
    struct mustache_token *t = &out->items[out->count++];
    *t = (struct mustache_token){
        .type = (uint8_t)type, .at = (uint32_t)at, .len = (uint32_t)(end - at), .line = s->line};
    if (s->line == 1)
        t->flags |= TOKEN_LINE0;
    if (out->count - 1 == s->line_first)
        t->flags |= TOKEN_LINE_START;
    return t;
}

/* Judges the line that ends here. */
static void end_line(struct scanner *s, bool newline)
{
    struct mustache_token *items = s->out->items;
    if (s->tags && !s->filled) {
        for (uint32_t i = s->line_first; i < s->out->count; i++)
            items[i].flags |= TOKEN_STANDALONE;
    }
    if (s->tags && newline)
        items[s->last_tag].flags |= TOKEN_LAST_TAG;
    s->line_first = s->out->count;
    s->tags = 0;
    s->filled = s->texted = false;
    if (!s->indent_kept)
        strbuf_truncate(&s->out->indents, s->indent_begin);
    s->indent_kept = false;
    s->indent_begin = s->out->indents.len;
}

/* Notes what a first tag behind this text would be indented by: white space as it is, and a blank
 * for every UTF-16 unit of other text, which is what mustache.js does. */
static void note_text(struct scanner *s, size_t at, size_t end)
{
    while (at < end) {
        size_t n = space_len(s->src + at, s->src + end);
        unsigned char c = (unsigned char)s->src[at];
        if (!n) {
            s->filled = s->texted = true;
            if ((c & 0xc0) != 0x80 && !s->tags)
                strbuf_add(&s->out->indents, "  ", c >= 0xf0 ? 2 : 1);
        } else if ((c == ' ' || c == '\t') && !s->tags) {
            strbuf_addc(&s->out->indents, (char)c);
        }
        at += n ? n : 1;
    }
}

static void scan_text(struct scanner *s, size_t end)
{
    while (s->pos < end) {
        const char *nl = memchr(s->src + s->pos, '\n', end - s->pos);
        size_t stop = nl ? (size_t)(nl - s->src) + 1 : end;
        struct mustache_token *t = add_token(s, TOKEN_TEXT, s->pos, stop);
        if (skip_space(s->src, s->pos, stop) == stop)
            t->flags |= TOKEN_BLANK;
        note_text(s, s->pos, stop);
        s->pos = stop;
        if (nl) {
            end_line(s, true);
            s->line++;
        }
    }
}

static int refuse(const struct scanner *s, const char *what, const char *text, size_t len)
{
    return err_set(s->e, ERR_INVALID, "%s:%u: %s%s%.*s%s", s->name, s->line, what, len ? " \"" : "",
                   (int)MIN(len, 64), text, len ? "\"" : "");
}

/* Reads the name in [at, end), taking the asterisk of a dynamic one away. */
static int read_name(struct scanner *s, struct mustache_token *t, size_t at, size_t end)
{
    trim(s->src, &at, &end);
    bool may_be_dynamic =
        t->type == TOKEN_PARTIAL || t->type == TOKEN_PARENT || t->type == TOKEN_CLOSE;
    if (may_be_dynamic && at < end && s->src[at] == '*') {
        t->flags |= TOKEN_DYNAMIC;
        at = skip_space(s->src, at + 1, end);
    }
    if (at == end)
        return refuse(s, "tag without a name", "", 0);
    if (end - at > MUSTACHE_MAX_NAME)
        return refuse(s, "too long a name:", s->src + at, end - at);
    for (size_t i = at; i < end; i++) {
        if (space_len(s->src + i, s->src + end))
            return refuse(s, "white space in a name:", s->src + at, end - at);
    }
    t->at = (uint32_t)at;
    t->len = (uint32_t)(end - at);
    return 0;
}

static int read_delimiters(struct scanner *s, size_t at, size_t end)
{
    trim(s->src, &at, &end);
    size_t gap = at;
    while (gap < end && !space_len(s->src + gap, s->src + end))
        gap++;
    size_t second = skip_space(s->src, gap, end);
    bool whole = gap > at && second > gap && second < end;
    for (size_t i = second; i < end; i++)
        whole = whole && !space_len(s->src + i, s->src + end);
    if (!whole)
        return refuse(s, "not a pair of delimiters:", s->src + at, end - at);
    s->open = (struct delimiter){s->src + at, gap - at};
    s->close = (struct delimiter){s->src + second, end - second};
    return 0;
}

static int open_body(struct scanner *s, const struct mustache_token *t)
{
    if (s->depth == MUSTACHE_MAX_NESTING)
        return refuse(s, "too many sections within each other at", s->src + t->at, t->len);
    s->stack[s->depth++] = s->out->count - 1;
    return 0;
}

static int close_body(struct scanner *s, const struct mustache_token *t)
{
    if (!s->depth)
        return refuse(s, "nothing is open that could be closed by", s->src + t->at, t->len);
    struct mustache_token *opener = &s->out->items[s->stack[--s->depth]];
    bool same = opener->len == t->len && !memcmp(s->src + opener->at, s->src + t->at, t->len) &&
                !((opener->flags ^ t->flags) & TOKEN_DYNAMIC);
    if (!same)
        return refuse(s, "another section is still open at the closing tag of", s->src + t->at,
                      t->len);
    opener->match = s->out->count - 1;
    return 0;
}

/* Adds the tag's facts about its line. */
static void place_tag(struct scanner *s, struct mustache_token *t)
{
    bool keeps = t->type == TOKEN_PARTIAL || t->type == TOKEN_PARENT || t->type == TOKEN_BLOCK;
    if (!s->tags++) {
        t->flags |= TOKEN_FIRST_TAG;
        t->indent_at = (uint32_t)s->indent_begin;
        t->indent_len = (uint32_t)(s->out->indents.len - s->indent_begin);
        s->indent_kept = keeps;
    }
    if (s->texted)
        t->flags |= TOKEN_AFTER_TEXT;
    s->last_tag = s->out->count - 1;
    if (t->type == TOKEN_NAME || t->type == TOKEN_RAW)
        s->filled = true;
}

/* Where the tag whose inside starts at `at` ends, and where the text behind it begins. */
static int find_end(struct scanner *s, char type, size_t at, size_t *end, size_t *after)
{
    const char *p = s->src + at, *stop = s->src + s->len;
    if (type == TOKEN_TRIPLE || type == TOKEN_DELIMITERS) {
        char mark = type == TOKEN_TRIPLE ? '}' : '=';
        while ((p = memchr(p, mark, (size_t)(stop - p)))) {
            size_t close = skip_space(s->src, (size_t)(p - s->src) + 1, s->len);
            if (type == TOKEN_TRIPLE)
                close = (size_t)(p - s->src) + 1;
            if (s->len - close >= s->close.len &&
                !memcmp(s->src + close, s->close.s, s->close.len)) {
                *end = (size_t)(p - s->src);
                *after = close + s->close.len;
                return 0;
            }
            p++;
        }
    } else {
        p = memmem(p, (size_t)(stop - p), s->close.s, s->close.len);
        if (p) {
            *end = (size_t)(p - s->src);
            *after = *end + s->close.len;
            return 0;
        }
    }
    return refuse(s, "a tag is not closed", "", 0);
}

static int scan_tag(struct scanner *s)
{
    size_t at = skip_space(s->src, s->pos + s->open.len, s->len), end = 0, after = 0;
    char type = TOKEN_NAME;
    if (at < s->len && s->src[at] && strchr("#^/>{&=!<$", s->src[at]))
        type = s->src[at++];
    if (find_end(s, type, at, &end, &after))
        return -1;
    struct mustache_token *t = add_token(s, type, at, end);
    if (type == TOKEN_TRIPLE)
        t->type = TOKEN_RAW;
    if (type != TOKEN_COMMENT && type != TOKEN_DELIMITERS && read_name(s, t, at, end))
        return -1;
    if (type == TOKEN_DELIMITERS && read_delimiters(s, at, end))
        return -1;
    place_tag(s, t);
    if (strchr("#^<$", type) && open_body(s, t))
        return -1;
    if (type == TOKEN_CLOSE && close_body(s, t))
        return -1;
    s->line += count_newlines(s->src + s->pos, after - s->pos);
    s->pos = after;
    return 0;
}

int mustache_scan(const char *name, const char *source, size_t len, struct mustache_tokens *tokens,
                  struct err *e)
{
    struct scanner s = {.name = name,
                        .src = source,
                        .len = len,
                        .line = 1,
                        .open = {"{{", 2},
                        .close = {"}}", 2},
                        .out = tokens,
                        .e = e};
    while (s.pos < len) {
        const char *tag = memmem(source + s.pos, len - s.pos, s.open.s, s.open.len);
        scan_text(&s, tag ? (size_t)(tag - source) : len);
        if (tag && scan_tag(&s))
            return -1;
    }
    if (s.depth) {
        const struct mustache_token *t = &tokens->items[s.stack[s.depth - 1]];
        s.line = t->line;
        return refuse(&s, "a section is not closed:", source + t->at, t->len);
    }
    end_line(&s, false);
    return 0;
}

void mustache_tokens_release(struct mustache_tokens *tokens)
{
    free(tokens->items);
    strbuf_release(&tokens->indents);
    *tokens = (struct mustache_tokens){.indents = STRBUF_INIT};
}
