#include "messages.h"

#include "batch.h"
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum want { TEXT, NAME, NUMBER, NUMERIC, OBJECT, ANY, LEVEL };
enum { OPTIONAL, REQUIRED };

static const char *const member_names[MEMBERS] = {
    [MEMBER_MESSAGE] = "message",      [MEMBER_LEVEL] = "level", [MEMBER_METADATA] = "metadata",
    [MEMBER_CURRENT] = "current",      [MEMBER_TOTAL] = "total", [MEMBER_KEY] = "key",
    [MEMBER_VALUE] = "value",          [MEMBER_STEP] = "step",   [MEMBER_TABLE] = "table",
    [MEMBER_VALUES] = "values",        [MEMBER_KIND] = "kind",   [MEMBER_PAYLOAD] = "payload",
    [MEMBER_DURATION] = "duration_ms", [MEMBER_PATH] = "path",   [MEMBER_NAME] = "name",
    [MEMBER_ERROR] = "error",
};

static const char *const want_names[] = {
    [TEXT] = "a string",
    [NAME] = "a string of 1 to 1000 bytes",
    [NUMBER] = "a finite number",
    [NUMERIC] = "a number, \"NaN\", \"Infinity\" or \"-Infinity\"",
    [OBJECT] = "an object",
    [ANY] = "a value",
    [LEVEL] = "debug, info, warn or error",
};

struct rule {
    enum message_member member;
    enum want want;
    int required;
};

static const struct {
    const char *name;
    struct rule rules[5];
    size_t count;
} types[MESSAGE_TYPES] = {
    [MESSAGE_LOG] = {"log",
                     {{MEMBER_MESSAGE, TEXT, REQUIRED},
                      {MEMBER_LEVEL, LEVEL, OPTIONAL},
                      {MEMBER_METADATA, OBJECT, OPTIONAL}},
                     3},
    [MESSAGE_PROGRESS] = {"progress",
                          {{MEMBER_CURRENT, NUMBER, OPTIONAL},
                           {MEMBER_TOTAL, NUMBER, OPTIONAL},
                           {MEMBER_MESSAGE, TEXT, OPTIONAL}},
                          3},
    [MESSAGE_RESULT] = {"result", {{MEMBER_KEY, NAME, REQUIRED}, {MEMBER_VALUE, ANY, REQUIRED}}, 2},
    [MESSAGE_METRIC] = {"metric",
                        {{MEMBER_KEY, NAME, REQUIRED},
                         {MEMBER_STEP, NUMBER, REQUIRED},
                         {MEMBER_VALUE, NUMERIC, REQUIRED}},
                        3},
    [MESSAGE_ROW] = {"row", {{MEMBER_TABLE, NAME, REQUIRED}, {MEMBER_VALUES, OBJECT, REQUIRED}}, 2},
    [MESSAGE_EVENT] = {"event",
                       {{MEMBER_KIND, NAME, REQUIRED},
                        {MEMBER_MESSAGE, TEXT, OPTIONAL},
                        {MEMBER_PAYLOAD, ANY, OPTIONAL},
                        {MEMBER_DURATION, NUMBER, OPTIONAL}},
                       4},
    [MESSAGE_ARTIFACT] = {"artifact",
                          {{MEMBER_PATH, NAME, REQUIRED}, {MEMBER_NAME, NAME, OPTIONAL}},
                          2},
    [MESSAGE_FACT] = {"fact", {{MEMBER_KEY, NAME, REQUIRED}, {MEMBER_VALUE, ANY, REQUIRED}}, 2},
    [MESSAGE_COMPLETE] = {"complete", {{0}}, 0},
    [MESSAGE_FAIL] = {"fail", {{MEMBER_ERROR, TEXT, OPTIONAL}}, 1},
};

void message_init(struct message *m)
{
    *m = (struct message){.text = STRBUF_INIT};
}

void message_release(struct message *m)
{
    strbuf_release(&m->text);
}

const char *message_get(const struct message *m, enum message_member member, size_t *len)
{
    bool here = m->members[member].given && !m->members[member].raw;
    *len = here ? m->members[member].len : 0;
    return here ? m->text.buf + m->members[member].offset : NULL;
}

const char *message_raw(const struct message *m, enum message_member member, size_t *len)
{
    *len = m->members[member].raw ? m->members[member].len : 0;
    return m->members[member].raw;
}

static bool is_finite(const char *number)
{
    return isfinite(strtod(number, NULL));
}

static bool is_special(const char *s)
{
    return strcmp(s, "\"NaN\"") == 0 || strcmp(s, "\"Infinity\"") == 0 ||
           strcmp(s, "\"-Infinity\"") == 0;
}

/* Whether the text at m->text + offset, whose raw JSON type is given, is what the rule wants. */
static bool suits(struct message *m, enum want want, char type, const char *text, size_t len)
{
    switch (want) {
    case TEXT:
        return type == '"';
    case NAME:
        return type == '"' && len >= 1 && len <= BATCH_KEY_MAX;
    case NUMBER:
        return type == '0' && is_finite(text);
    case NUMERIC:
        return type == '0' ? is_finite(text) : type == '"' && is_special(text);
    case OBJECT:
        return type == '{';
    case ANY:
        return true;
    case LEVEL:
        m->level = type == '"' ? chunk_level_parse(text, len) : -1;
        return m->level >= 0;
    }
    return false;
}

/* A string's bytes, fit for Postgres: what is not UTF-8 is made so before it is decoded. */
static int decode(struct message *m, const struct json_member *j, struct err *e)
{
    struct strbuf fit = STRBUF_INIT;
    int rc = json_compact(j->value, j->value_len, &fit, e);
    if (rc == 0)
        rc = json_decode_string(fit.buf, fit.len, &m->text, e);
    strbuf_release(&fit);
    return rc;
}

/* What can be large by the nature of things is not copied here: megabytes would be there twice. */
static bool stays_raw(const struct message *m, const struct rule *rule, const struct json_member *j)
{
    if (j->value_len <= MESSAGE_LARGE)
        return false;
    if (rule->want == ANY || rule->member == MEMBER_VALUES)
        return rule->want == ANY || j->type == '{';
    return m->type == MESSAGE_LOG && rule->member == MEMBER_MESSAGE && j->type == '"';
}

static int check_string(const char *at, const char *end, struct err *e)
{
    struct strbuf piece = STRBUF_INIT;
    int rc = 0;
    while (rc == 0 && at < end) {
        strbuf_reset(&piece);
        rc = json_decode_part(&at, end, MESSAGE_LARGE, &piece, e);
    }
    strbuf_release(&piece);
    return rc;
}

static int take_raw(struct message *m, enum message_member member, const struct json_member *j,
                    struct err *e)
{
    bool text = m->type == MESSAGE_LOG;
    const char *raw = text ? j->value + 1 : j->value;
    size_t len = text ? j->value_len - 2 : j->value_len;
    if ((text ? check_string(raw, raw + len, e) : json_compact(raw, len, NULL, e)) != 0)
        return err_wrap(e, "\"%s\"", member_names[member]);
    m->members[member].given = true;
    m->members[member].raw = raw;
    m->members[member].len = len;
    return 0;
}

static int take(struct message *m, const struct rule *rule, const struct json_member *j,
                struct err *e)
{
    const char *name = member_names[rule->member];
    bool text = rule->want == TEXT || rule->want == NAME || rule->want == LEVEL;
    size_t offset = m->text.len;
    if (j->type == 'n' && rule->want != ANY && !rule->required)
        return 0; /* null says no more than leaving it out */
    if (m->members[rule->member].given)
        return err_field(e, name, "\"%s\" is there twice", name);
    if (stays_raw(m, rule, j))
        return take_raw(m, rule->member, j, e);
    int rc = text && j->type == '"' ? decode(m, j, e)
                                    : json_compact(j->value, j->value_len, &m->text, e);
    if (rc != 0)
        return err_wrap(e, "\"%s\"", name);
    size_t len = m->text.len - offset;
    if (!suits(m, rule->want, j->type, m->text.buf + offset, len))
        return err_field(e, name, "\"%s\" must be %s", name, want_names[rule->want]);
    m->members[rule->member].given = true;
    m->members[rule->member].offset = offset;
    m->members[rule->member].len = len;
    strbuf_addc(&m->text, '\0');
    return 0;
}

static bool is_type(const struct json_member *j)
{
    return j->key_len == 4 && memcmp(j->key, "type", 4) == 0;
}

/* The first pass: which type is it? */
static int find_type(struct message *m, const char *text, size_t len, struct err *e)
{
    struct json_members it;
    struct json_member j;
    struct strbuf name = STRBUF_INIT;
    int rc;
    json_members_init(&it, text, len);
    while ((rc = json_members_next(&it, &j, e)) == 1)
        if (is_type(&j))
            break;
    if (rc == 0)
        rc = err_field(e, "type", "\"type\" is missing");
    if (rc == 1 && (j.type != '"' || json_decode_string(j.value, j.value_len, &name, e) != 0))
        rc = err_field(e, "type", "\"type\" must be a string");
    if (rc == 1) {
        rc = err_field(e, "type", "\"type\" is none that is known");
        for (int i = 0; i < MESSAGE_TYPES; i++) {
            if (strlen(types[i].name) == name.len &&
                memcmp(types[i].name, name.buf, name.len) == 0) {
                m->type = (enum message_type)i;
                rc = 0;
            }
        }
    }
    json_members_release(&it);
    strbuf_release(&name);
    return rc;
}

static const struct rule *find_rule(enum message_type type, const struct json_member *j)
{
    for (size_t i = 0; i < types[type].count; i++) {
        const char *name = member_names[types[type].rules[i].member];
        if (strlen(name) == j->key_len && memcmp(name, j->key, j->key_len) == 0)
            return &types[type].rules[i];
    }
    return NULL;
}

static int take_members(struct message *m, const char *text, size_t len, struct err *e)
{
    struct json_members it;
    struct json_member j;
    bool typed = false;
    int rc;
    json_members_init(&it, text, len);
    while ((rc = json_members_next(&it, &j, e)) == 1) {
        const struct rule *rule = find_rule(m->type, &j);
        bool type = is_type(&j);
        if (type && typed)
            rc = err_field(e, "type", "\"type\" is there twice");
        if (rc == -1 || (rule && take(m, rule, &j, e) != 0)) {
            rc = -1;
            break;
        }
        typed = typed || type;
    }
    json_members_release(&it);
    return rc;
}

int message_parse(struct message *m, const char *text, size_t len, struct err *e)
{
    memset(m->members, 0, sizeof(m->members));
    m->level = CHUNK_INFO;
    strbuf_reset(&m->text);
    if (find_type(m, text, len, e) != 0 || take_members(m, text, len, e) != 0)
        return -1;
    for (size_t i = 0; i < types[m->type].count; i++) {
        const struct rule *rule = &types[m->type].rules[i];
        const char *name = member_names[rule->member];
        if (rule->required && !m->members[rule->member].given)
            return err_field(e, name, "\"%s\" is missing", name);
    }
    return 0;
}
