/*
 * Publishing as a supervisor does: append_lines.sql, commit, then PUBLISH of the same bytes.
 * Several batches that are due together go through libpq's pipeline up to one Sync, which is one
 * transaction.
 */
#include "target.h"

#include "chunk.h"
#include "feed.h"
#include "io.h"
#include "pace.h"
#include "stamp.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 13 };

struct athanor {
    struct target base;
    PGconn *pg;
    redisContext *redis;
    int64_t run, epoch, records, bytes, unanswered;
    bool stamp_late; /* stamps tell when a message was published, not when it was made */
    struct strbuf chunk, text, messages, channel;
    size_t ends[PACE_GROUP_MOST]; /* of each message of a group in `messages` */
};

static int refused(struct athanor *a, PGresult *r, struct err *e)
{
    err_set(e, ERR_INTERNAL, "Postgres: %s", PQerrorMessage(a->pg));
    PQclear(r);
    return -1;
}

/* A chunk of one line whose JSON text has `size` bytes. */
static size_t make_chunk(struct athanor *a, int64_t line, size_t size)
{
    size_t shell, text;
    struct chunk_line l = {.ms = clock_wall_ms(), .level = CHUNK_INFO, .text = ""};
    strbuf_reset(&a->chunk);
    chunk_begin(&a->chunk, line);
    chunk_add(&a->chunk, &l);
    chunk_end(&a->chunk);
    shell = a->chunk.len;
    text = size > shell ? size - shell : 0;
    strbuf_reset(&a->text);
    target_text(&a->text, line, text);
    l.text = a->text.buf;
    l.text_len = a->text.len;
    strbuf_reset(&a->chunk);
    chunk_begin(&a->chunk, line);
    chunk_add(&a->chunk, &l);
    chunk_end(&a->chunk);
    return a->text.len + 1;
}

static int queue_append(struct athanor *a, int64_t line, size_t bytes, struct err *e)
{
    char numbers[PARAMETERS][24];
    const char *values[PARAMETERS];
    const int64_t ints[PARAMETERS - 1] = {a->run,
                                          a->epoch,
                                          line,
                                          line,
                                          a->records + 1,
                                          a->records,
                                          a->bytes,
                                          a->bytes + (int64_t)bytes,
                                          0,
                                          1 /*info*/,
                                          0,
                                          0};
    for (int i = 0; i < PARAMETERS - 1; i++) {
        snprintf(numbers[i], sizeof(numbers[i]), "%" PRId64, ints[i]);
        values[i] = numbers[i];
    }
    values[PARAMETERS - 1] = a->chunk.buf;
    a->bytes += (int64_t)bytes;
    if (!PQsendQueryPrepared(a->pg, "append", PARAMETERS, values, NULL, NULL, 0))
        return refused(a, NULL, e);
    return 0;
}

/* Every batch must have been taken: exactly one row each. */
static int await_commit(struct athanor *a, int64_t count, struct err *e)
{
    if (!PQpipelineSync(a->pg))
        return refused(a, NULL, e);
    for (int64_t i = 0; i < count; i++) {
        PGresult *r = PQgetResult(a->pg);
        if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
            return refused(a, r, e);
        PQclear(r);
        r = PQgetResult(a->pg);
        if (r)
            return refused(a, r, e);
    }
    PGresult *r = PQgetResult(a->pg);
    if (PQresultStatus(r) != PGRES_PIPELINE_SYNC)
        return refused(a, r, e);
    PQclear(r);
    return 0;
}

static void add_message(struct athanor *a, int64_t line, int64_t place)
{
    feed_put_batch(&a->messages, a->epoch, line, line, a->records + 1, a->records);
    strbuf_add(&a->messages, a->chunk.buf, a->chunk.len);
    strbuf_addc(&a->messages, '\n');
    a->ends[place] = a->messages.len;
}

static void stamp_anew(char *message, size_t len)
{
    struct stamp mark;
    const char *at = message;
    if (!stamp_next(&at, message + len, &mark))
        die("a message without a stamp");
    mark.us = clock_mono_us();
    stamp_put(message + (at - message) - STAMP_LEN, mark);
}

static int publish(struct athanor *a, int64_t count, struct err *e)
{
    size_t begin = 0;
    for (int64_t i = 0; i < count; begin = a->ends[i++]) {
        char *message = a->messages.buf + begin;
        size_t len = a->ends[i] - begin;
        if (a->stamp_late)
            stamp_anew(message, len);
        if (redisAppendCommand(a->redis, "PUBLISH %b %b", a->channel.buf, a->channel.len, message,
                               len) != REDIS_OK)
            return err_set(e, ERR_UNAVAILABLE, "Redis: %s", a->redis->errstr);
        a->unanswered++;
    }
    return 0;
}

static int await_redis(struct athanor *a, struct err *e)
{
    for (; a->unanswered > 0; a->unanswered--) {
        void *reply = NULL;
        if (redisGetReply(a->redis, &reply) != REDIS_OK)
            return err_set(e, ERR_UNAVAILABLE, "Redis: %s", a->redis->errstr);
        freeReplyObject(reply);
    }
    return 0;
}

static int athanor_send(struct target *t, int64_t count, size_t size, struct err *e)
{
    struct athanor *a = (struct athanor *)t;
    strbuf_reset(&a->messages);
    for (int64_t i = 0; i < count; i++) {
        size_t bytes = make_chunk(a, ++t->last, size);
        if (queue_append(a, t->last, bytes, e))
            return -1;
        add_message(a, t->last, i);
    }
    if (await_commit(a, count, e) || publish(a, count, e))
        return -1;
    return await_redis(a, e);
}

static int athanor_flush(struct target *t, struct err *e)
{
    (void)t;
    (void)e;
    return 0;
}

static void athanor_free(struct target *t)
{
    struct athanor *a = (struct athanor *)t;
    PQfinish(a->pg);
    if (a->redis)
        redisFree(a->redis);
    strbuf_release(&a->chunk);
    strbuf_release(&a->text);
    strbuf_release(&a->messages);
    strbuf_release(&a->channel);
    free(a);
}

static const struct target_kind athanor_kind = {athanor_send, athanor_flush, athanor_free};

static int read_head(struct athanor *a, struct err *e)
{
    char sql[160];
    snprintf(sql, sizeof(sql),
             "SELECT epoch, lines, records, bytes FROM run_heads WHERE run_id = %" PRId64, a->run);
    PGresult *r = PQexec(a->pg, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
        return refused(a, r, e);
    a->epoch = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    a->base.last = strtoll(PQgetvalue(r, 0, 1), NULL, 10);
    a->records = strtoll(PQgetvalue(r, 0, 2), NULL, 10);
    a->bytes = strtoll(PQgetvalue(r, 0, 3), NULL, 10);
    PQclear(r);
    return 0;
}

static int prepare(struct athanor *a, const char *query_file, struct err *e)
{
    struct strbuf sql = STRBUF_INIT;
    int failed = io_read_file(query_file, 1 << 16, &sql, e);
    if (!failed) {
        PGresult *r = PQprepare(a->pg, "append", sql.buf, 0, NULL);
        if (PQresultStatus(r) != PGRES_COMMAND_OK)
            failed = refused(a, r, e);
        else
            PQclear(r);
    }
    strbuf_release(&sql);
    return failed;
}

struct target *target_athanor(const char *conninfo, const char *redis, const char *query_file,
                              int64_t run, bool stamp_late, struct err *e)
{
    struct athanor *a = xcalloc(1, sizeof(*a));
    a->base.kind = &athanor_kind;
    a->run = run;
    a->stamp_late = stamp_late;
    strbuf_init(&a->chunk);
    strbuf_init(&a->text);
    strbuf_init(&a->messages);
    strbuf_init(&a->channel);
    strbuf_addf(&a->channel, FEED_CHANNEL "%" PRId64, run);
    a->pg = PQconnectdb(conninfo);
    a->redis = redisConnectUnix(redis);
    if (!a->redis || a->redis->err)
        err_set(e, ERR_UNAVAILABLE, "no Redis at %s", redis);
    else if (PQstatus(a->pg) != CONNECTION_OK)
        err_set(e, ERR_UNAVAILABLE, "no Postgres: %s", PQerrorMessage(a->pg));
    else if (!prepare(a, query_file, e) && !read_head(a, e) && PQenterPipelineMode(a->pg))
        return &a->base;
    athanor_free(&a->base);
    return NULL;
}
