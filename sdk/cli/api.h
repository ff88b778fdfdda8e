/*
 * api.h - calls of the site's JSON API: tried again where that is safe, refusals as errors.
 *
 * A refusal's code tells the exit code; its words are the site's. The problem document itself stays
 * in cli->problem, for main, which prints all wrong values.
 */
#ifndef CLI_API_H
#define CLI_API_H

#include "cli.h"
#include "doc.h"
#include "http.h"

struct api_answer {
    struct http_answer http;
    struct doc doc; /* the body */
};

/* Whether another attempt may help: no answer, or 429, 502, 503, 504. */
bool api_is_away(const struct http_answer *a, int status);

/* A refusal's status and words as an error; returns -1. */
int api_refused(struct cli *cli, const struct http_answer *a, struct err *e);

/* Performs, a few times within some seconds while the site is away, if `is_safe` says that doing it
 * twice is doing it once. 0 when the status is a good one (2xx, 304). */
MUST_CHECK int api_perform(struct cli *cli, const struct http_request *r, bool is_safe,
                           struct api_answer *a, struct err *e);

/* The usual ones. `path` is below /api/v1 and escaped. */
MUST_CHECK int api_get(struct cli *cli, struct api_answer *a, struct err *e, const char *path, ...)
    PRINTF_LIKE(4, 5);
MUST_CHECK int api_send(struct cli *cli, const char *method, const char *path, const char *body,
                        struct api_answer *a, struct err *e);

/* POST of what makes a thing, with a key of its own, so that it is made once however often it is
 * asked for. */
MUST_CHECK int api_make(struct cli *cli, const char *path, const char *body, struct api_answer *a,
                        struct err *e);

void api_answer_init(struct api_answer *a);
void api_answer_release(struct api_answer *a);

/* Walks a list of the API, page by page: `path` is that of the list with a query, `cursor` "before"
 * or "after". */
struct api_list {
    struct cli *cli;
    const char *path, *cursor;
    struct api_answer page;
    struct doc items, item;
    char *next; /* the cursor of the page behind this one */
    bool is_last;
};
void api_list_init(struct api_list *l, struct cli *cli, const char *path, const char *cursor);

/* 1: l->item is the next one, until the next call; 0: that was all; -1. */
MUST_CHECK int api_list_next(struct api_list *l, struct err *e);
void api_list_release(struct api_list *l);

#endif
