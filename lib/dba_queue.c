#include "dba_queue.h"

#include <stdlib.h>

void dba_queue_init(struct dba_queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

void dba_queue_add(struct dba_queue *q, struct dba_request *r)
{
    r->next = NULL;
    *q->end = r;
    q->end = &r->next;
}

struct dba_request *dba_queue_take(struct dba_queue *q)
{
    struct dba_request *r = q->first;
    if (r && !(q->first = r->next))
        q->end = &q->first;
    return r;
}

void dba_queue_move(struct dba_queue *to, struct dba_queue *from)
{
    if (!from->first)
        return;
    *to->end = from->first;
    to->end = from->end;
    dba_queue_init(from);
}

void dba_queue_clear(struct dba_queue *q)
{
    for (struct dba_request *r; (r = dba_queue_take(q));)
        dba_request_free(r);
}

void dba_request_free(struct dba_request *r)
{
    params_free(r->params);
    free(r->script);
    free(r);
}
