/**
 * Rounds of one-shot rules under parallel fire. In each round there is a new rule that is to fire once, and every
 * thread sends one request: exactly one of them may get the fault.
 */
#ifndef MOCK_TESTS_ONE_SHOT_H
#define MOCK_TESTS_ONE_SHOT_H

#include "world_fixture.h"

struct one_shot_result {
  int rounds, never, twice; /**< rounds in which it fired never, or more than once */
};

struct one_shot_result one_shot_rounds(struct fixture *fixture, int threads, int rounds);

#endif
