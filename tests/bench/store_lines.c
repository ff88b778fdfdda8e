/*
 * The ceilings of log storage: how fast the same lines go into Postgres with nothing else to do.
 *
 *     store_lines chunks CONNINFO RUN LINES    INSERTs of chunks, 1,000 lines each, into log_chunks
 *     store_lines rows   CONNINFO RUN LINES    binary COPY into log_rows (run, n, ms, level, text),
 * 1,000 lines a commit
 *
 *     store_lines sql    CONNINFO FILE         runs the statements of a file, which make the tables
 *
 * Every statement commits by itself and is waited for. What is sent is made before the clock
 * starts; a few hundred different chunks are sent again and again under new numbers. Prints one
 * JSON object.
 */
#include "chunk.h"
#include "io.h"
#include "text.h"

#include <endian.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 1000, PREPARED = 200 };

static const char insert_chunk[] =
    "INSERT INTO log_chunks (run_id, first_line, last_line, first_byte, last_byte, debugs, infos, "
    "warns, errors, body) "
    "VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint, 0, 1000, 0, 0, $6::text)";

static PGresult *expect(PGconn *pg, PGresult *r, ExecStatusType status)
{
    if (PQresultStatus(r) != status)
        die("Postgres: %s", PQerrorMessage(pg));
    return r;
}

/* ---- chunks ---- */

static void make_chunks(struct strbuf *chunks)
{
    char *pool = text_pool(), line[TEXT_LINE];
    for (int64_t i = 0; i < PREPARED; i++) {
        strbuf_init(&chunks[i]);
        chunk_begin(&chunks[i], i * LINES + 1);
        for (int64_t k = 0; k < LINES; k++) {
            text_line(pool, i * LINES + k, line);
            struct chunk_line l = {.ms = clock_wall_ms(),
                                   .level = CHUNK_INFO,
                                   .text = line,
                                   .text_len = TEXT_LINE - 1};
            chunk_add(&chunks[i], &l);
        }
        chunk_end(&chunks[i]);
    }
    free(pool);
}

static int64_t store_chunks(PGconn *pg, int64_t run, int64_t lines)
{
    struct strbuf *chunks = xcalloc(PREPARED, sizeof(*chunks));
    make_chunks(chunks);
    PQclear(expect(pg, PQprepare(pg, "chunk", insert_chunk, 0, NULL), PGRES_COMMAND_OK));
    int64_t begin = clock_mono_us();
    for (int64_t i = 0; i < lines / LINES; i++) {
        const int64_t ints[5] = {run, i * LINES + 1, (i + 1) * LINES, i * LINES * TEXT_LINE,
                                 (i + 1) * LINES * TEXT_LINE};
        char numbers[5][24];
        const char *values[6];
        for (int k = 0; k < 5; k++) {
            snprintf(numbers[k], sizeof(numbers[k]), "%" PRId64, ints[k]);
            values[k] = numbers[k];
        }
        values[5] = chunks[i % PREPARED].buf;
        PQclear(
            expect(pg, PQexecPrepared(pg, "chunk", 6, values, NULL, NULL, 0), PGRES_COMMAND_OK));
    }
    int64_t took = clock_mono_us() - begin;
    for (int64_t i = 0; i < PREPARED; i++)
        strbuf_release(&chunks[i]);
    free(chunks);
    return took;
}

/* ---- rows ---- */

static void put_field(struct strbuf *out, const void *data, uint32_t len)
{
    uint32_t size = htobe32(len);
    strbuf_add(out, &size, sizeof(size));
    strbuf_add(out, data, len);
}

static void put_row(struct strbuf *out, int64_t run, int64_t n, const char *text)
{
    uint16_t fields = htobe16(5), level = htobe16(CHUNK_INFO);
    uint64_t run_id = htobe64((uint64_t)run), number = htobe64((uint64_t)n);
    uint64_t ms = htobe64((uint64_t)clock_wall_ms());
    strbuf_add(out, &fields, sizeof(fields));
    put_field(out, &run_id, sizeof(run_id));
    put_field(out, &number, sizeof(number));
    put_field(out, &ms, sizeof(ms));
    put_field(out, &level, sizeof(level));
    put_field(out, text, TEXT_LINE - 1);
}

/* One COPY of LINES rows, header and trailer included. */
static void make_rows(struct strbuf *out, const char *pool, int64_t run, int64_t first)
{
    char line[TEXT_LINE];
    uint16_t end = 0xffff;
    strbuf_reset(out);
    strbuf_add(out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (int64_t k = 0; k < LINES; k++) {
        text_line(pool, first + k, line);
        put_row(out, run, first + k + 1, line);
    }
    strbuf_add(out, &end, sizeof(end));
}

static void copy_rows(PGconn *pg, const struct strbuf *rows)
{
    PQclear(expect(pg, PQexec(pg, "COPY log_rows FROM STDIN (FORMAT binary)"), PGRES_COPY_IN));
    if (PQputCopyData(pg, rows->buf, (int)rows->len) != 1 || PQputCopyEnd(pg, NULL) != 1)
        die("Postgres: %s", PQerrorMessage(pg));
    PQclear(expect(pg, PQgetResult(pg), PGRES_COMMAND_OK));
    if (PQgetResult(pg))
        die("Postgres answered more than was asked");
}

/* Making the rows is taken out of the time: their numbers are inside them, so they are made singly.
 */
static int64_t store_rows(PGconn *pg, int64_t run, int64_t lines)
{
    char *pool = text_pool();
    struct strbuf rows = STRBUF_INIT;
    int64_t took = 0;
    for (int64_t i = 0; i < lines / LINES; i++) {
        make_rows(&rows, pool, run, i * LINES);
        int64_t begin = clock_mono_us();
        copy_rows(pg, &rows);
        took += clock_mono_us() - begin;
    }
    strbuf_release(&rows);
    free(pool);
    return took;
}

static void run_script(PGconn *pg, const char *file)
{
    struct strbuf sql = STRBUF_INIT;
    struct err e;
    if (io_read_file(file, 1 << 20, &sql, &e))
        die("%s", e.text);
    PQclear(expect(pg, PQexec(pg, sql.buf), PGRES_COMMAND_OK));
    strbuf_release(&sql);
    printf("{}\n");
}

static void store(PGconn *pg, char **argv)
{
    int64_t run = 0, lines = 0;
    if (!parse_int64(argv[3], strlen(argv[3]), &run) ||
        !parse_int64(argv[4], strlen(argv[4]), &lines) || lines < LINES)
        die("RUN and LINES are integers, and at least %d lines are stored", LINES);
    lines -= lines % LINES;
    int64_t took =
        !strcmp(argv[1], "rows") ? store_rows(pg, run, lines) : store_chunks(pg, run, lines);
    printf("{\"lines\":%" PRId64 ",\"seconds\":%.4f}\n", lines, (double)took / 1e6);
}

int main(int argc, char **argv)
{
    bool script = argc == 4 && !strcmp(argv[1], "sql");
    if (!script && argc != 5)
        die("usage: store_lines chunks|rows CONNINFO RUN LINES | store_lines sql CONNINFO FILE");
    PGconn *pg = PQconnectdb(argv[2]);
    if (PQstatus(pg) != CONNECTION_OK)
        die("no Postgres: %s", PQerrorMessage(pg));
    if (script)
        run_script(pg, argv[3]);
    else
        store(pg, argv);
    PQfinish(pg);
    return 0;
}
