#include "cli.h"

#include <string.h>

int cli_exit_code(enum err_code code)
{
    return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT || code == ERR_INTERNAL ? CLI_CONNECTION
                                                                                  : CLI_USAGE;
}

int cli_status_code(const char *status)
{
    return strcmp(status, "completed") == 0   ? CLI_COMPLETED
           : strcmp(status, "cancelled") == 0 ? CLI_CANCELLED
                                              : CLI_FAILED;
}
