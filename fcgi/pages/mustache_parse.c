/*
 * Tokens become nodes. What needs thought is indentation inside blocks: the body of a block whose
 * opening tag is standalone is stored without the indentation that its lines share, and rendering
 * the block puts the indentation of the place where it is rendered before them. For the block's own
 * place that is the one that was taken away, so a default looks as written.
 */
#include "mustache_program.h"
#include "mustache_scan.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    struct mustache *m;
    const struct mustache_token *tokens;
    uint32_t count;
    struct {
        uint32_t token, node;
        uint32_t dedent; /* outside of it */
    } open[MUSTACHE_MAX_NESTING];
    size_t depth;
    uint32_t dedent;     /* bytes that are taken from the start of each line here */
    unsigned line_start; /* NODE_BOL and NODE_LINE0 for the next node */
    uint32_t text_end; /* where the last node's text ends if the next may be joined to it, else 0 */
    uint32_t node_cap, part_cap, site_cap;
};

static struct mustache_node *add_node(struct parser *p, enum mustache_op op)
{
    struct mustache *m = p->m;
    if (m->node_count == p->node_cap) {
        p->node_cap = p->node_cap ? p->node_cap * 2 : 32;
        m->nodes = xreallocarray(m->nodes, p->node_cap, sizeof(*m->nodes));
    }
    struct mustache_node *n = &m->nodes[m->node_count++];
    *n = (struct mustache_node){
        .op = (uint8_t)op, .flags = (uint8_t)p->line_start, .end = m->node_count};
    p->line_start = 0;
    p->text_end = 0;
    return n;
}

static void add_part(struct parser *p, uint32_t at, uint32_t len)
{
    struct mustache *m = p->m;
    if (m->part_count == p->part_cap) {
        p->part_cap = p->part_cap ? p->part_cap * 2 : 32;
        m->parts = xreallocarray(m->parts, p->part_cap, sizeof(*m->parts));
    }
    m->parts[m->part_count++] = (struct mustache_part){at, len};
}

/* Splits a name at its dots; a leading dot belongs to the name, as in mustache.js. */
static void set_name(struct parser *p, struct mustache_node *n, const struct mustache_token *t)
{
    const char *s = p->m->source;
    n->at = p->m->part_count;
    if (t->len == 1 && s[t->at] == '.')
        return;
    uint32_t begin = t->at, end = t->at + t->len;
    if (s[t->at] != '.') {
        for (uint32_t i = begin; i < end; i++) {
            if (s[i] == '.') {
                add_part(p, begin, i - begin);
                begin = i + 1;
            }
        }
    }
    add_part(p, begin, end - begin);
    n->parts = (uint16_t)(p->m->part_count - n->at);
}

static struct mustache_site *add_site(struct parser *p, struct mustache_node *n,
                                      const struct mustache_token *t)
{
    struct mustache *m = p->m;
    if (m->site_count == p->site_cap) {
        p->site_cap = p->site_cap ? p->site_cap * 2 : 8;
        m->sites = xreallocarray(m->sites, p->site_cap, sizeof(*m->sites));
    }
    n->site = m->site_count;
    struct mustache_site *site = &m->sites[m->site_count++];
    *site = (struct mustache_site){.line = t->line, .name_at = t->at, .name_len = t->len};
    return site;
}

static uint32_t leading_blanks(const char *s, uint32_t len)
{
    uint32_t n = 0;
    while (n < len && (s[n] == ' ' || s[n] == '\t'))
        n++;
    return n;
}

/* The indentation that all lines between two tokens share, but for blank ones and that of the
 * closing tag. */
static uint32_t shared_indent(const struct parser *p, uint32_t opener, uint32_t closer,
                              uint32_t *at)
{
    const char *src = p->m->source;
    uint32_t len = 0;
    bool any = false;
    for (uint32_t i = opener + 1; i < closer; i++) {
        const struct mustache_token *t = &p->tokens[i];
        bool text = t->type == TOKEN_TEXT, blank = text && (t->flags & TOKEN_BLANK);
        if (!(t->flags & TOKEN_LINE_START) || (blank && src[t->at + t->len - 1] == '\n') ||
            (blank && i + 1 == closer))
            continue;
        uint32_t n = text ? leading_blanks(src + t->at, t->len) : 0;
        if (!any) {
            *at = t->at;
            len = n;
        }
        any = true;
        uint32_t same = 0;
        while (same < MIN(len, n) && src[*at + same] == src[t->at + same])
            same++;
        len = same;
    }
    return any ? len : UINT32_MAX;
}

/* Cuts what the surrounding block's lines lack, and stores. */
static void set_indent(struct parser *p, struct mustache_site *site, const char *s, uint32_t len)
{
    uint32_t cut = MIN(p->dedent, len);
    site->indent_at = (uint32_t)p->m->indents.len;
    site->indent_len = len - cut;
    strbuf_add(&p->m->indents, s + cut, len - cut);
}

static void add_text(struct parser *p, const struct mustache_token *t)
{
    if (t->flags & TOKEN_STANDALONE)
        return;
    const char *src = p->m->source;
    uint32_t at = t->at, len = t->len;
    if (t->flags & TOKEN_LINE_START) {
        uint32_t cut = MIN(p->dedent, leading_blanks(src + at, len));
        at += cut;
        len -= cut;
        if (src[at] == '\n')
            p->line_start = 0;
    }
    if (p->text_end && p->text_end == at) {
        p->m->nodes[p->m->node_count - 1].len += len;
        p->line_start = 0;
    } else {
        struct mustache_node *n = add_node(p, MUSTACHE_TEXT);
        n->at = at;
        n->len = len;
    }
    p->text_end = at + len;
}

static void add_template(struct parser *p, const struct mustache_token *t,
                         const struct mustache_tokens *tokens)
{
    bool parent = t->type == TOKEN_PARENT;
    struct mustache_node *n = add_node(p, parent ? MUSTACHE_PARENT : MUSTACHE_PARTIAL);
    if (t->flags & TOKEN_LINE0)
        n->flags |= NODE_LINE0;
    if (t->flags & TOKEN_FIRST_TAG)
        n->flags |= NODE_FIRST;
    if (t->flags & TOKEN_AFTER_TEXT)
        n->flags |= NODE_INLINE;
    if (t->flags & TOKEN_DYNAMIC) {
        n->flags |= NODE_DYNAMIC;
        p->m->features |= MUSTACHE_DYNAMIC_NAMES;
        set_name(p, n, t);
    }
    struct mustache_site *site = add_site(p, n, t);
    set_indent(p, site, tokens->indents.buf + t->indent_at, t->indent_len);
}

static void add_block(struct parser *p, uint32_t index, const struct mustache_tokens *tokens)
{
    const struct mustache_token *t = &p->tokens[index], *closer = &p->tokens[t->match];
    struct mustache_node *n = add_node(p, MUSTACHE_BLOCK);
    struct mustache_site *site = add_site(p, n, t);
    bool alone = t->flags & TOKEN_STANDALONE, first = t->flags & TOKEN_FIRST_TAG;
    if (!alone)
        n->flags |= NODE_INLINE;
    else if (first && (closer->flags & TOKEN_STANDALONE) && (closer->flags & TOKEN_LAST_TAG))
        n->flags |= NODE_WHOLE;
    uint32_t at = 0, shared = UINT32_MAX;
    if (alone && (t->flags & TOKEN_LAST_TAG)) {
        n->flags |= NODE_DEDENTED;
        shared = shared_indent(p, index, t->match, &at);
    }
    if (shared != UINT32_MAX)
        set_indent(p, site, p->m->source + at, shared);
    else if (first && !(t->flags & TOKEN_AFTER_TEXT))
        set_indent(p, site, tokens->indents.buf + t->indent_at, t->indent_len);
    if (n->flags & NODE_DEDENTED)
        p->dedent = shared == UINT32_MAX ? 0 : shared;
}

static void open_body(struct parser *p, uint32_t token, uint32_t node, uint32_t dedent)
{
    p->open[p->depth].token = token;
    p->open[p->depth].node = node;
    p->open[p->depth++].dedent = dedent;
}

static void close_body(struct parser *p)
{
    if (p->line_start)
        add_node(p, MUSTACHE_TEXT); /* the line begins inside the body */
    p->depth--;
    p->dedent = p->open[p->depth].dedent;
    p->m->nodes[p->open[p->depth].node].end = p->m->node_count;
    p->text_end = 0;
}

static void add_token(struct parser *p, uint32_t index, const struct mustache_tokens *tokens)
{
    const struct mustache_token *t = &p->tokens[index];
    uint32_t node = p->m->node_count, dedent = p->dedent;
    if ((t->flags & TOKEN_LINE_START) && !(t->flags & TOKEN_STANDALONE) &&
        !(t->type == TOKEN_TEXT && p->m->source[t->at] == '\n'))
        p->line_start = NODE_BOL | (t->flags & TOKEN_LINE0 ? NODE_LINE0 : 0);
    switch ((enum mustache_token_type)t->type) {
    case TOKEN_TEXT:
        add_text(p, t);
        break;
    case TOKEN_NAME:
        set_name(p, add_node(p, MUSTACHE_ESCAPED), t);
        break;
    case TOKEN_RAW:
    case TOKEN_TRIPLE:
        set_name(p, add_node(p, MUSTACHE_RAW), t);
        break;
    case TOKEN_SECTION:
    case TOKEN_INVERTED:
        set_name(p, add_node(p, t->type == TOKEN_SECTION ? MUSTACHE_SECTION : MUSTACHE_INVERTED),
                 t);
        open_body(p, index, node, dedent);
        break;
    case TOKEN_PARTIAL:
        add_template(p, t, tokens);
        break;
    case TOKEN_PARENT:
        p->m->features |= MUSTACHE_INHERITANCE;
        add_template(p, t, tokens);
        open_body(p, index, node, dedent);
        break;
    case TOKEN_BLOCK:
        p->m->features |= MUSTACHE_INHERITANCE;
        add_block(p, index, tokens);
        open_body(p, index, node, dedent);
        break;
    case TOKEN_CLOSE:
        close_body(p);
        break;
    case TOKEN_COMMENT:
    case TOKEN_DELIMITERS:
        p->text_end = 0;
        break;
    }
}

struct mustache *mustache_compile(const char *name, const char *source, size_t len, struct err *e)
{
    if (len > MUSTACHE_MAX_SOURCE) {
        err_set(e, ERR_LIMIT, "%s: a template holds at most %d bytes", name, MUSTACHE_MAX_SOURCE);
        return NULL;
    }
    struct mustache_tokens tokens = {.indents = STRBUF_INIT};
    struct mustache *m = NULL;
    if (!mustache_scan(name, source, len, &tokens, e)) {
        m = xcalloc(1, sizeof(*m));
        m->name = xstrdup(name);
        m->source = xstrndup(source, len);
        strbuf_init(&m->indents);
        struct parser p = {.m = m, .tokens = tokens.items, .count = tokens.count};
        for (uint32_t i = 0; i < p.count; i++)
            add_token(&p, i, &tokens);
    }
    mustache_tokens_release(&tokens);
    return m;
}

void mustache_free(struct mustache *m)
{
    if (!m)
        return;
    free(m->name);
    free(m->source);
    free(m->nodes);
    free(m->parts);
    free(m->sites);
    strbuf_release(&m->indents);
    free(m);
}

int mustache_link(struct mustache *m, mustache_find *find, void *arg, bool strict, struct err *e)
{
    for (uint32_t i = 0; i < m->node_count; i++) {
        const struct mustache_node *n = &m->nodes[i];
        if ((n->op != MUSTACHE_PARTIAL && n->op != MUSTACHE_PARENT) || (n->flags & NODE_DYNAMIC))
            continue;
        struct mustache_site *site = &m->sites[n->site];
        const char *name = m->source + site->name_at;
        site->target = find(arg, name, site->name_len);
        if (strict && !site->target)
            return err_set(e, ERR_INVALID, "%s:%u: there is no template \"%.*s\"", m->name,
                           site->line, (int)MIN(site->name_len, 64), name);
    }
    return 0;
}

unsigned mustache_features(const struct mustache *m)
{
    return m->features;
}

const char *mustache_name(const struct mustache *m)
{
    return m->name;
}
