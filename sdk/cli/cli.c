#include "cli.h"

int cli_exit_code(enum err_code code)
{
    return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT || code == ERR_INTERNAL ? CLI_CONNECTION
                                                                                  : CLI_USAGE;
}
