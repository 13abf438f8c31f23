/**
 * CivetWeb gives its threads 100 KiB of stack and has no option for that: too little for a request nested 512 levels
 * deep (trees are copied, printed and freed by recursion) or for a script's function that calls itself through C.
 * While large stacks are wanted, threads that are made get at least STACK_BYTES, whoever makes them.
 */
#ifndef MOCK_HTTP_STACK_H
#define MOCK_HTTP_STACK_H

#include <stdbool.h>

enum { STACK_BYTES = 4 * 1024 * 1024 };

void stack_want_large(bool wanted);

#endif
