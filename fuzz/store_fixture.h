/** A local database with the model of model_fixture.h, in a folder that goes with the process. */
#ifndef FUZZ_STORE_FIXTURE_H
#define FUZZ_STORE_FIXTURE_H

#include "store/store.h"

/** Made once for all inputs; the process keeps it. */
struct vmx_store *fixture_store(void);

#endif
