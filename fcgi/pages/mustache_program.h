/*
 * mustache_program.h - the compiled form, shared by the parser that makes it and the renderer.
 *
 * Nodes lie in source order. A node that has a body is followed by it; `end` is the index behind
 * the body, so a walk goes from a node to nodes[i].end. Text and names are ranges of the source.
 *
 * Indentation is done while rendering: a node that begins a source line carries NODE_BOL, and the
 * renderer puts the current indentation before it. Lines without indentation cost one comparison.
 */
#ifndef ATHANOR_MUSTACHE_PROGRAM_H
#define ATHANOR_MUSTACHE_PROGRAM_H

#include "mustache.h"

enum mustache_op {
    MUSTACHE_TEXT,
    MUSTACHE_ESCAPED,
    MUSTACHE_RAW,
    MUSTACHE_SECTION,
    MUSTACHE_INVERTED,
    MUSTACHE_PARTIAL,
    MUSTACHE_PARENT,
    MUSTACHE_BLOCK,
};

enum {
    NODE_BOL = 1,     /* begins a source line, which gets the indentation */
    NODE_LINE0 = 2,   /* stands on the template's first line */
    NODE_DYNAMIC = 4, /* the name of a partial or parent is looked up in the view */
    NODE_FIRST =
        8, /* partial: the first tag of its line, so that it inherits and adds indentation */
    NODE_INLINE = 16, /* partial, block: text stands before it, so the first line is not indented */
    NODE_DEDENTED = 32, /* block: its body is stored without its own indentation */
    NODE_WHOLE = 64,    /* block: its tags have their lines to themselves */
};

struct mustache_node {
    uint8_t op;
    uint8_t flags;
    uint16_t parts; /* of the dotted name; 0 is the implicit iterator */
    uint32_t at;    /* text, block: offset in the source; names: index of the first part */
    uint32_t len;   /* text, block: length */
    uint32_t end;
    uint32_t site; /* partial, parent, block: index of its site */
};

struct mustache_part {
    uint32_t at, len;
};

/* What only partials, parents and blocks need. */
struct mustache_site {
    uint32_t line;
    uint32_t name_at, name_len;     /* as written, without the asterisk */
    uint32_t indent_at, indent_len; /* in `indents` */
    const struct mustache *target;  /* static names, once linked */
};

struct mustache {
    char *name;
    char *source;
    unsigned features;
    struct mustache_node *nodes;
    uint32_t node_count;
    struct mustache_part *parts;
    uint32_t part_count;
    struct mustache_site *sites;
    uint32_t site_count;
    struct strbuf indents;
};

#endif
