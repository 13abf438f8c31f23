/**
 * Memory that is released all at once: the texts and arrays of one model, one page, one batch.
 * Always true: what was handed out stays where it is until vmx_arena_clear() or vmx_arena_done().
 */
#ifndef VMX_CORE_ARENA_H
#define VMX_CORE_ARENA_H

#include <stddef.h>

struct vmx_arena_block;

/** Zero-initialize it. */
struct vmx_arena {
  struct vmx_arena_block *blocks; /**< newest first */
  size_t used;                    /**< bytes used of the newest block */
};

void vmx_arena_done(struct vmx_arena *arena);
void vmx_arena_clear(struct vmx_arena *arena); /**< keeps the newest block for reuse */

/** Zeroed, aligned for any type; NULL without memory. `size` 0 gives a valid pointer. */
void *vmx_arena_alloc(struct vmx_arena *arena, size_t size);

/** Array of `count` items of `size` bytes, zeroed; NULL without memory or on overflow. */
void *vmx_arena_array(struct vmx_arena *arena, size_t count, size_t size);

/** A NUL-terminated copy. */
char *vmx_arena_text(struct vmx_arena *arena, const char *text, size_t len);

#endif
