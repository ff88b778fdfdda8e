#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_SIZE = 4096 };

static const struct {
    const char *name, *shown;
    char priority; /* of syslog, for the journal */
} levels[] = {
    [LOG_LVL_DEBUG] = {"debug", "DEBUG", '7'},
    [LOG_LVL_INFO] = {"info", "INFO", '6'},
    [LOG_LVL_WARN] = {"warn", "WARN", '4'},
    [LOG_LVL_ERROR] = {"error", "ERROR", '3'},
};

static const char *log_program = "athanor";
static enum log_level log_least = LOG_LVL_INFO;
static bool log_to_journal;

/* JOURNAL_STREAM is `DEVICE:INODE` of the stream that systemd made; it is ours only if stderr still
 * is that stream. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_init(const char *program, enum log_level level)
{
    log_program = program;
    log_least = level;
    log_to_journal = stderr_is_journal();
}

bool log_level_parse(const char *s, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (strcmp(s, levels[i].name) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static void write_line(enum log_level level, const char *fmt, va_list ap)
{
    int saved = errno;
    char line[LINE_SIZE];
    const size_t room = sizeof(line) - 1; /* the NUL's place is the newline's */
    const char priority[] = {'<', levels[level].priority, '>', '\0'};
    int n = snprintf(line, sizeof(line), "%s%s %.64s[%d]: ", log_to_journal ? priority : "",
                     levels[level].shown, log_program, (int)getpid());
    size_t len = (size_t)MAX(n, 0);
    n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
    len = MIN(len + (size_t)MAX(n, 0), room);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = ' ';
    line[len++] = '\n';
    while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
        ;
    errno = saved;
}

#define DEFINE_LOG(name, level)                                                                    \
    void name(const char *fmt, ...)                                                                \
    {                                                                                              \
        if (level < log_least)                                                                     \
            return;                                                                                \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        write_line(level, fmt, ap);                                                                \
        va_end(ap);                                                                                \
    }

DEFINE_LOG(log_debug, LOG_LVL_DEBUG)
DEFINE_LOG(log_info, LOG_LVL_INFO)
DEFINE_LOG(log_warn, LOG_LVL_WARN)
DEFINE_LOG(log_error, LOG_LVL_ERROR)
