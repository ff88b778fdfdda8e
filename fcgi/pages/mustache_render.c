/*
 * The renderer walks the nodes and recurses for bodies; its depth is bounded by MUSTACHE_MAX_DEPTH
 * templates and blocks of MUSTACHE_MAX_NESTING bodies each.
 *
 * Arguments of parents are frames, one for each parent tag being rendered. The outermost frame that
 * has an argument for a block wins, and the argument is rendered with the frames outside of that
 * one, since it is text of the template that wrote the parent tag.
 *
 * The current indentation is the end of one buffer, from indent_from on. A partial whose tag is the
 * first of its line adds to it; any other begins without.
 */
#include "mustache_program.h"
#include "mustache_value.h"

#include <string.h>

enum { DEFAULT_MAX_OUTPUT = 64 << 20, DEFAULT_MAX_STEPS = 10000000 };

struct frame {
    const struct mustache *m;
    uint32_t parent; /* the node whose children are the arguments */
    const struct frame *outer;
};

struct render {
    struct strbuf *out;
    struct mustache_options limits;
    size_t start; /* of our part of out */
    uint64_t steps;
    unsigned nesting;
    const struct frame *frames;
    struct strbuf indent;
    size_t indent_from;
    bool skip_line0; /* the first line of the current template is not indented */
    size_t skip_at;  /* no indentation at this length of out: text stands there already */
    size_t depth;
    struct mustache_value contexts[MUSTACHE_MAX_CONTEXTS];
    struct err *e;
};

struct indent_state {
    size_t from, len, skip_at;
    bool skip_line0;
};

static int render_range(struct render *r, const struct mustache *m, uint32_t i, uint32_t end);

static struct indent_state save_indent(const struct render *r)
{
    return (struct indent_state){r->indent_from, r->indent.len, r->skip_at, r->skip_line0};
}

static void restore_indent(struct render *r, struct indent_state s)
{
    r->indent_from = s.from;
    strbuf_truncate(&r->indent, s.len);
    r->skip_at = s.skip_at;
    r->skip_line0 = s.skip_line0;
}

static void put_indent(struct render *r)
{
    if (r->out->len != r->skip_at)
        strbuf_add(r->out, r->indent.buf + r->indent_from, r->indent.len - r->indent_from);
}

static void begin_line(struct render *r, const struct mustache_node *n)
{
    if (!(n->flags & NODE_LINE0 && r->skip_line0))
        put_indent(r);
}

/* Text of several lines: all but the first get the indentation here, empty ones excepted. */
static void put_indented(struct render *r, const char *s, size_t len)
{
    const char *end = s + len;
    while (s < end) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        const char *stop = nl ? nl + 1 : end;
        strbuf_add(r->out, s, (size_t)(stop - s));
        s = stop;
        if (s < end && *s != '\n')
            put_indent(r);
    }
}

static struct mustache_value lookup(const struct render *r, const struct mustache *m,
                                    const struct mustache_node *n)
{
    if (!n->parts)
        return r->contexts[r->depth - 1];
    const struct mustache_part *part = &m->parts[n->at];
    struct mustache_value v = MUSTACHE_NOTHING;
    for (size_t i = r->depth; i-- > 0 && mustache_is_nothing(v);)
        v = mustache_member(r->contexts[i], m->source + part->at, part->len);
    for (uint32_t i = 1; i < n->parts && !mustache_is_nothing(v); i++)
        v = mustache_dotted_member(v, m->source + part[i].at, part[i].len);
    return v;
}

/* Every body that is entered counts as a step. */
static int take_step(struct render *r, const struct mustache *m)
{
    if (++r->steps > r->limits.max_steps)
        return err_set(r->e, ERR_LIMIT, "%s: rendering takes more than %llu steps", m->name,
                       (unsigned long long)r->limits.max_steps);
    return 0;
}

static int check_output(const struct render *r, const struct mustache *m)
{
    if (r->out->len - r->start <= r->limits.max_output)
        return 0;
    return err_set(r->e, ERR_LIMIT, "%s: the output is larger than %zu bytes", m->name,
                   r->limits.max_output);
}

static int render_body(struct render *r, const struct mustache *m, uint32_t node)
{
    return take_step(r, m) ? -1 : render_range(r, m, node + 1, m->nodes[node].end);
}

static int render_with(struct render *r, const struct mustache *m, uint32_t node,
                       struct mustache_value context)
{
    if (r->depth == MUSTACHE_MAX_CONTEXTS)
        return err_set(r->e, ERR_LIMIT, "%s: more than %d sections within each other", m->name,
                       MUSTACHE_MAX_CONTEXTS);
    r->contexts[r->depth++] = context;
    int rc = render_body(r, m, node);
    r->depth--;
    return rc;
}

static int render_section(struct render *r, const struct mustache *m, uint32_t node)
{
    struct mustache_value v = lookup(r, m, &m->nodes[node]);
    if (!mustache_is_true(v))
        return 0;
    if (json_is_true(v.json))
        return render_body(r, m, node);
    if (!json_is_array(v.json))
        return render_with(r, m, node, v);
    for (size_t i = 0; i < json_array_size(v.json); i++) {
        if (render_with(r, m, node, (struct mustache_value){json_array_get(v.json, i), -1}))
            return -1;
    }
    return 0;
}

/* Enters a template or block, whose depth is bounded. */
static int enter(struct render *r, const struct mustache *m, uint32_t line)
{
    if (r->nesting == MUSTACHE_MAX_DEPTH)
        return err_set(r->e, ERR_LIMIT, "%s:%u: templates include each other more than %d deep",
                       m->name, line, MUSTACHE_MAX_DEPTH);
    r->nesting++;
    return 0;
}

static const struct mustache *find_target(const struct render *r, const struct mustache *m,
                                          const struct mustache_node *n)
{
    if (!(n->flags & NODE_DYNAMIC))
        return m->sites[n->site].target;
    struct mustache_value v = lookup(r, m, n);
    if (!json_is_string(v.json) || !r->limits.find)
        return NULL;
    return r->limits.find(r->limits.arg, json_string_value(v.json), json_string_length(v.json));
}

static int render_template(struct render *r, const struct mustache *m, uint32_t node)
{
    const struct mustache_node *n = &m->nodes[node];
    const struct mustache_site *site = &m->sites[n->site];
    const struct mustache *target = find_target(r, m, n);
    if (!target)
        return 0;
    if (enter(r, m, site->line))
        return -1;
    struct indent_state saved = save_indent(r);
    const struct frame *frames = r->frames, frame = {m, node, frames};
    if (n->op == MUSTACHE_PARENT)
        r->frames = &frame;
    if (!(n->flags & NODE_FIRST) || (n->flags & NODE_LINE0 && r->skip_line0))
        r->indent_from = r->indent.len;
    strbuf_add(&r->indent, m->indents.buf + site->indent_at, site->indent_len);
    r->skip_line0 = n->flags & NODE_INLINE;
    r->skip_at = SIZE_MAX;
    int rc = take_step(r, target) ? -1 : render_range(r, target, 0, target->node_count);
    r->frames = frames;
    restore_indent(r, saved);
    r->nesting--;
    return rc;
}

/* Finds the outermost argument for a block: its frame and node. */
static const struct frame *find_argument(const struct render *r, const char *name, uint32_t len,
                                         uint32_t *node)
{
    const struct frame *found = NULL;
    for (const struct frame *f = r->frames; f; f = f->outer) {
        const struct mustache *m = f->m;
        uint32_t end = m->nodes[f->parent].end;
        for (uint32_t i = f->parent + 1; i < end; i = m->nodes[i].end) {
            if (m->nodes[i].op != MUSTACHE_BLOCK)
                continue;
            const struct mustache_site *site = &m->sites[m->nodes[i].site];
            if (site->name_len == len && !memcmp(m->source + site->name_at, name, len)) {
                found = f;
                *node = i;
                break;
            }
        }
    }
    return found;
}

static int render_argument(struct render *r, const struct mustache_node *site_node,
                           const struct frame *found, uint32_t node)
{
    const struct frame *frames = r->frames;
    size_t before = r->out->len;
    bool whole = site_node->flags & NODE_WHOLE;
    if (site_node->flags & NODE_INLINE)
        r->skip_at = before;
    else if (whole && !(found->m->nodes[node].flags & NODE_DEDENTED))
        put_indent(r);
    size_t begin = r->out->len;
    r->skip_line0 = false;
    r->frames = found->outer;
    int rc = render_body(r, found->m, node);
    r->frames = frames;
    if (whole && r->out->len == begin)
        strbuf_truncate(r->out, before);
    else if (whole && r->out->buf[r->out->len - 1] != '\n')
        strbuf_addc(r->out, '\n');
    return rc;
}

static int render_block(struct render *r, const struct mustache *m, uint32_t node)
{
    const struct mustache_node *n = &m->nodes[node];
    const struct mustache_site *site = &m->sites[n->site];
    uint32_t argument = 0;
    const struct frame *found =
        find_argument(r, m->source + site->name_at, site->name_len, &argument);
    if (enter(r, m, site->line))
        return -1;
    struct indent_state saved = save_indent(r);
    if (found || (n->flags & NODE_DEDENTED))
        strbuf_add(&r->indent, m->indents.buf + site->indent_at, site->indent_len);
    int rc = found ? render_argument(r, n, found, argument) : render_body(r, m, node);
    restore_indent(r, saved);
    r->nesting--;
    return rc;
}

static int render_range(struct render *r, const struct mustache *m, uint32_t i, uint32_t end)
{
    bool indented = r->indent.len > r->indent_from;
    int rc = 0;
    for (; i < end && !rc; i = m->nodes[i].end) {
        const struct mustache_node *n = &m->nodes[i];
        if (indented && (n->flags & NODE_BOL))
            begin_line(r, n);
        switch ((enum mustache_op)n->op) {
        case MUSTACHE_TEXT:
            if (indented)
                put_indented(r, m->source + n->at, n->len);
            else
                strbuf_add(r->out, m->source + n->at, n->len);
            break;
        case MUSTACHE_ESCAPED:
        case MUSTACHE_RAW:
            mustache_put_value(r->out, lookup(r, m, n), n->op == MUSTACHE_ESCAPED);
            break;
        case MUSTACHE_SECTION:
            rc = render_section(r, m, i);
            break;
        case MUSTACHE_INVERTED:
            rc = mustache_is_true(lookup(r, m, n)) ? 0 : render_body(r, m, i);
            break;
        case MUSTACHE_PARTIAL:
        case MUSTACHE_PARENT:
            rc = render_template(r, m, i);
            break;
        case MUSTACHE_BLOCK:
            rc = render_block(r, m, i);
            break;
        }
        if (!rc)
            rc = check_output(r, m);
    }
    return rc;
}

int mustache_render(const struct mustache *m, const json_t *view,
                    const struct mustache_options *options, struct strbuf *out, struct err *e)
{
    struct render r;
    memset(&r, 0, offsetof(struct render, contexts));
    if (options)
        r.limits = *options;
    if (!r.limits.max_output)
        r.limits.max_output = DEFAULT_MAX_OUTPUT;
    if (!r.limits.max_steps)
        r.limits.max_steps = DEFAULT_MAX_STEPS;
    r.out = out;
    r.start = out->len;
    r.skip_at = SIZE_MAX;
    r.contexts[r.depth++] = (struct mustache_value){view, -1};
    r.e = e;
    strbuf_init(&r.indent);
    int rc = render_range(&r, m, 0, m->node_count);
    strbuf_release(&r.indent);
    if (rc)
        strbuf_truncate(out, r.start);
    return rc;
}
