/*
 * media_type.h - what a file probably is, by the ending of its name.
 */
#ifndef ATHANOR_MEDIA_TYPE_H
#define ATHANOR_MEDIA_TYPE_H

/* The type of a name's ending, whatever its case; NULL when it is unknown or there is none. */
const char *media_type_of(const char *name);

#endif
