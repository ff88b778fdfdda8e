/*
 * version.h - what the site and the command-line client say that they are.
 */
#ifndef ATHANOR_VERSION_H
#define ATHANOR_VERSION_H

#define ATHANOR_VERSION "0.1.0"

#endif
