/*
 * messages.h - reads one message of an experiment: one JSON object on a line of fd 3.
 *
 * Owns the table of message types and their members. Strings are decoded; any other value is passed
 * on as the text that was sent, checked and without white space, so that no digit is lost. Unknown
 * members are allowed and ignored; a member of the wrong type, a missing one, and an unknown type
 * or level are errors that name the member.
 */
#ifndef ATHANOR_MESSAGES_H
#define ATHANOR_MESSAGES_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

enum { MESSAGE_MAX = 16 * 1024 * 1024, MESSAGE_QUOTE = 200, MESSAGE_LARGE = 64 * 1024 };

enum message_type {
    MESSAGE_LOG,
    MESSAGE_PROGRESS,
    MESSAGE_RESULT,
    MESSAGE_METRIC,
    MESSAGE_ROW,
    MESSAGE_EVENT,
    MESSAGE_ARTIFACT,
    MESSAGE_FACT,
    MESSAGE_COMPLETE,
    MESSAGE_FAIL,
    MESSAGE_TYPES
};

/* What a message can hold. One name can mean the same thing in several types. */
enum message_member {
    MEMBER_MESSAGE,
    MEMBER_LEVEL,
    MEMBER_METADATA,
    MEMBER_CURRENT,
    MEMBER_TOTAL,
    MEMBER_KEY,
    MEMBER_VALUE,
    MEMBER_STEP,
    MEMBER_TABLE,
    MEMBER_VALUES,
    MEMBER_KIND,
    MEMBER_PAYLOAD,
    MEMBER_DURATION,
    MEMBER_PATH,
    MEMBER_NAME,
    MEMBER_ERROR,
    MEMBERS
};

struct message {
    enum message_type type;
    int level; /* of a log */
    /* What was said of each member; absent ones are not `given`. Strings are decoded bytes, all
     * else is compact JSON. Lies in `text`. */
    struct {
        bool given;
        size_t offset, len;
        const char *raw; /* a large one: not in `text`, see message_raw */
    } members[MEMBERS];
    struct strbuf text;
};

void message_init(struct message *m);
void message_release(struct message *m);

/* Reads a message; *m can be used again and again. */
MUST_CHECK int message_parse(struct message *m, const char *text, size_t len, struct err *e);

/* The text of a large value (of a result, fact, row or event), or what stands between the quotes of
 * a log's large message: checked, but as it was sent, and in what was given to message_parse. NULL
 * when the member is not large; message_get then has it. */
const char *message_raw(const struct message *m, enum message_member member, size_t *len);

/* A member's text, NUL-terminated, and its length; NULL when it was not given (or is large). */
const char *message_get(const struct message *m, enum message_member member, size_t *len);

#endif
