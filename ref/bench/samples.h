/**
 * The records that everybody stores, engine, floors and peers: ten columns, the same values for the
 * same number. "Notes" is null in all of them.
 */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_HIRED_ON "2026-01-02T03:04:05Z"
#define SAMPLE_CITY "Karlsruhe"

struct sample {
  int64_t id;
  double salary; /**< two decimals, exact in binary */
  int64_t department;
  char name[32], street[32], phone[32];
};

struct sample sample_of(int64_t number);

/** `count` of them; free() releases it. */
struct sample *samples_new(int64_t count);

enum { SAMPLE_JSON = 400 }; /**< room for one in any form */

/** The columns behind the key as members of a JSON object, nothing around them; returns the length. */
size_t sample_columns(const struct sample *sample, char out[SAMPLE_JSON]);

/** A record of a download answer: the columns with their `_metadata`. */
size_t sample_record(const struct sample *sample, char out[SAMPLE_JSON]);

/** A record as the peers take it: a text for a key, named "id". */
size_t sample_document(const struct sample *sample, char out[SAMPLE_JSON]);

#endif
