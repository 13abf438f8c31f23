/** Where the product's own data and programs are: beside the program when installed, else in the source. */
#ifndef CONFORMANCE_PLACES_H
#define CONFORMANCE_PLACES_H

struct places {
  char *scenarios; /**< folder */
  char *catalogue; /**< requirements.json */
  char *testee;    /**< the default testee's program */
};

/** Owns: the texts, released with places_done(). */
void places_init(struct places *places);
void places_done(struct places *places);

#endif
