#include "core/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Under the address sanitizer nobody may touch what is not handed out: the rest of a block, and all of it once it
 * was cleared. Without it the two are nothing. */
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(bytes, size) ((void)(bytes), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(bytes, size) ((void)(bytes), (void)(size))
#endif

struct vmx_arena_block {
  struct vmx_arena_block *next;
  size_t size;
  _Alignas(max_align_t) char bytes[];
};

enum { BLOCK_SIZE = 16 * 1024, ALIGNMENT = _Alignof(max_align_t) };

void vmx_arena_done(struct vmx_arena *arena) {
  while (arena->blocks) {
    struct vmx_arena_block *next = arena->blocks->next;
    free(arena->blocks);
    arena->blocks = next;
  }
  arena->used = 0;
}

void vmx_arena_clear(struct vmx_arena *arena) {
  if (!arena->blocks) return;
  struct vmx_arena_block *kept = arena->blocks;
  arena->blocks = kept->next;
  vmx_arena_done(arena);
  kept->next = NULL;
  ASAN_POISON_MEMORY_REGION(kept->bytes, kept->size);
  arena->blocks = kept;
}

static bool fits(const struct vmx_arena *arena, size_t size) {
  return arena->blocks && arena->blocks->size - arena->used >= size;
}

static bool add_block(struct vmx_arena *arena, size_t size) {
  size_t bytes = size > BLOCK_SIZE ? size : BLOCK_SIZE;
  struct vmx_arena_block *block = malloc(sizeof *block + bytes);
  if (!block) return false;
  *block = (struct vmx_arena_block){.next = arena->blocks, .size = bytes};
  ASAN_POISON_MEMORY_REGION(block->bytes, bytes);
  arena->blocks = block;
  arena->used = 0;
  return true;
}

static void *take(struct vmx_arena *arena, size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  size_t room = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (!fits(arena, room) && !add_block(arena, room)) return NULL;
  void *bytes = arena->blocks->bytes + arena->used;
  ASAN_UNPOISON_MEMORY_REGION(bytes, size);
  arena->used += room;
  return bytes;
}

void *vmx_arena_alloc(struct vmx_arena *arena, size_t size) {
  void *bytes = take(arena, size);
  if (bytes) memset(bytes, 0, size);
  return bytes;
}

void *vmx_arena_array(struct vmx_arena *arena, size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) return NULL;
  return vmx_arena_alloc(arena, total);
}

char *vmx_arena_text(struct vmx_arena *arena, const char *text, size_t len) {
  if (len == SIZE_MAX) return NULL;
  char *copy = take(arena, len + 1);
  if (!copy) return NULL;
  if (len) memcpy(copy, text, len);
  copy[len] = '\0';
  return copy;
}
