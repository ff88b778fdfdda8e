/*
 * out.h - what the program says: stdout for what was asked for, stderr for words about it.
 *
 * Colours and the progress line appear on a terminal only. All that comes from a site goes through
 * text.h. When nobody reads stdout any more the program ends as others do, by SIGPIPE.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include "args.h"
#include "doc.h"
#include "strbuf.h"

enum out_style { OUT_PLAIN, OUT_BOLD, OUT_DIM, OUT_RED, OUT_GREEN, OUT_YELLOW, OUT_BLUE };

struct out {
    struct strbuf pending;  /* for stdout */
    struct strbuf progress; /* the progress line, or empty */
    bool is_terminal;       /* stdout */
    bool colours;           /* on stdout */
    bool shows_progress;    /* stderr is a terminal, and --quiet was not said */
    bool err_colours;
    bool json, quiet;
    int64_t counted_ms; /* when out_progress_bytes has last shown anything */
};

void out_init(struct out *o, const struct args *args);

/* Writes what is pending, and takes the progress line away. */
void out_release(struct out *o);

/* Bytes as they are. */
void out_bytes(struct out *o, const char *s, size_t len);

/* Words of ours. */
void out_addf(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A text of somebody else's: a string's, or the JSON of another value. On a terminal a value's
 * lines stand below each other. */
void out_text(struct out *o, const char *s);
void out_doc(struct out *o, struct doc d);

/* JSON on a line of its own, without white space. */
void out_json(struct out *o, struct doc d);

/* The sequence that begins a style on stdout; OUT_PLAIN ends it. Empty without colours. */
const char *out_style(const struct out *o, enum out_style style);

/* The style of a run's status. */
enum out_style out_status_style(const char *status);

void out_flush(struct out *o);

/* A sentence on stderr, unless --quiet; out_say in any case; out_warn as an error of ours. The
 * words may hold a site's. */
void out_note(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
void out_say(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
void out_warn(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Shows the words as the progress line, behind a bar when `percent` is 0 or more; NULL takes the
 * line away. */
void out_progress(struct out *o, double percent, const char *words);

/* The same with counted bytes; called often, it shows some of them. */
void out_progress_bytes(struct out *o, const char *what, int64_t bytes, int64_t total);

#endif
