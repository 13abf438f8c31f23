/**
 * The embedded mock Foundry: one HTTP server, any number of isolated worlds.
 *
 * A *world* has its own base URL, data (rows in memory), Lua state, virtual clock, rules and
 * journal. It is a monitor: one lock guards all of it, its Lua state included, and one condition is
 * signalled whenever anything happens in it. A request is decided under the lock; whatever waits does
 * so with the lock released: a script on the condition, a held request on an event of its own. So a decision is atomic,
 * a one-shot rule fires exactly once however many requests come at the same time, and a Lua function
 * that a rule calls may use everything of the script that made it.
 */
#ifndef FOUNDRYMOCK_MOCK_H
#define FOUNDRYMOCK_MOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct mock_server;
struct mock_world;
struct lua_State;
struct cJSON;

struct mock_config {
  const char *address; /**< to listen on; NULL = "127.0.0.1" */
  unsigned port;       /**< 0 = any free one */
  unsigned threads;    /**< connections served at one time, idle and hanging ones too; 0 = MOCK_THREADS */
  size_t body_max;     /**< bytes of a request's body, more are answered 413; 0 = 256 MiB */
  bool tls;            /**< `port` speaks TLS with a self-signed certificate (mock_server_certificate()) */
  unsigned request_timeout_ms; /**< that a request may take to arrive, longer is answered 408; 0 = 60000 */
};

enum { MOCK_THREADS = 64 };

enum mock_error {
  MOCK_ERR_LISTEN = 1, /**< the port is taken or not allowed: the text names it */
  MOCK_ERR_MEMORY,
  MOCK_ERR_SCRIPT,     /**< a script failed: text = "file:line: message", traceback on the next lines' place */
  MOCK_ERR_NAME        /**< a world of this name is open, or the name is no [0-9A-Za-z_-]{1,60} */
};

/**
 * Owns:    *out is the caller's, released with mock_server_stop(). Untouched on failure.
 * Threads: the functions of a server may be called from any thread.
 */
int mock_server_start(const struct mock_config *config, struct mock_server **out, struct base_error *err);
/** Closes every world that is still open (they stay their owners'). Returns soon although clients are connected. */
void mock_server_stop(struct mock_server *server);
/** "http://127.0.0.1:43210", or "https://…". Borrowed. */
const char *mock_server_url(const struct mock_server *server);
/** What clients have to trust, PEM; NULL without TLS. Borrowed. */
const char *mock_server_certificate(struct mock_server *server);

/**
 * A new, empty world at `server url`/w/`name`.
 *
 * Owns:  *out is the caller's, released with mock_world_free().
 * Fails: MOCK_ERR_NAME, MOCK_ERR_MEMORY, MOCK_ERR_SCRIPT (its own Lua prelude)
 */
int mock_world_open(struct mock_server *server, const char *name, struct mock_world **out,
                    struct base_error *err);
/**
 * End the world: held and hanging requests are let go (their connections close), requests that come
 * from now on are answered 410 and still written to its journal. Returns when no request is at work in
 * it. The journal can be read until mock_world_free().
 */
void mock_world_close(struct mock_world *world);
void mock_world_free(struct mock_world *world);
/**
 * A new, empty world of the same name as `world`, which no request reaches before mock_world_take_over():
 * for a script that is to be run anew. It remembers as much as `world` does.
 *
 * Owns:  *out is the caller's, released with mock_world_free().
 * Fails: MOCK_ERR_MEMORY, MOCK_ERR_SCRIPT (its own Lua prelude)
 */
int mock_world_open_next(struct mock_world *world, struct mock_world **out, struct base_error *err);
/**
 * From now on requests go to `next`. The journal of `old` becomes the beginning of its own, so that seq goes
 * on; requests at work in `old` are let go as by mock_world_close(). Frees `old`.
 */
void mock_world_take_over(struct mock_world *next, struct mock_world *old);
/** "http://127.0.0.1:43210/w/s17": the `base` of wire.md, to which /authService/... is added. Borrowed. */
const char *mock_world_url(const struct mock_world *world);
/**
 * Remember at most `count` journal entries, as many batch contexts and as many answers of the upload cache:
 * the oldest go first, never past one that is at work. 0, the default, = all of them, for as long as the world is open.
 * To be called before the first request.
 */
void mock_world_set_keep(struct mock_world *world, size_t count);

/** The monitor. Hold the lock for everything below, and whenever the Lua state is used. */
void mock_world_lock(struct mock_world *world);
void mock_world_unlock(struct mock_world *world);
/** Wait, lock released, until something happens or CLOCK_MONOTONIC reaches `until_ms`: false = it did. */
bool mock_world_wait(struct mock_world *world, int64_t until_ms);
/**
 * Take the next number of the world's order, the one that Request.seq and Request.ended count on: what
 * the runner stamps callbacks with, so that requests and callbacks lie on one scale.
 */
uint64_t mock_world_now(struct mock_world *world);
/** Something happened: wake all who wait. */
void mock_world_notify(struct mock_world *world);

/**
 * The world's Lua state. It has the sandboxed base libraries (no io, os.execute, debug, package paths,
 * binary chunks; `require "foundry"` works, `print` makes an event), the global `server` (scenarios/stubs/foundrycheck.lua,
 * class Server) and a memory budget. The runner adds its own functions to it.
 */
struct lua_State *mock_world_lua(struct mock_world *world);

/**
 * Limits of a Lua call. Instructions, and what library functions do at length in units of these, are counted from
 * the last mock_script_call() or wait; a script that goes beyond fails with "ran N instructions without waiting for anything".
 */
enum { MOCK_SCRIPT_INSTRUCTIONS = 100 * 1000 * 1000, MOCK_SCRIPT_MEMORY = 256 * 1024 * 1024 };

/**
 * Push the table of C functions that the language's server side is made of (mockserver/lua): it looks each one up when it
 * calls it, so that a runner may put functions of its own around them.
 */
void mock_script_push_core(struct mock_world *world);

/** Load text as a Lua chunk named `name` and push its function. Fails: MOCK_ERR_SCRIPT */
int mock_script_load(struct mock_world *world, const char *text, size_t len, const char *name,
                     struct base_error *err);
/** Protected call like lua_pcall, with traceback and budgets. Fails: MOCK_ERR_SCRIPT */
int mock_script_call(struct mock_world *world, int args, int results, struct base_error *err);
/** Forget the instructions counted so far: the script waited for something. */
void mock_script_waited(struct mock_world *world);

/**
 * JSON <-> Lua. Objects become tables, arrays become tables with the metatable of `foundry.array`,
 * null becomes `foundry.null`; integers of 64 bits stay integers, any other number that a Lua float
 * prints back as it was written is a float, and the rest is a string of its digits (never rounded).
 * Push: pushes one value. Read: the value at `index`, the caller's; NULL when it has no JSON form (err).
 */
void mock_lua_push_json(struct lua_State *L, const struct cJSON *item);
struct cJSON *mock_lua_read_json(struct lua_State *L, int index, struct base_error *err);

/**
 * The journal as JSON: an array of the entries with `seq` > `after`, in the shape of class Request in
 * the stubs plus "event" lines; lossless (bodies as text). The caller's, cJSON_Delete().
 */
struct cJSON *mock_world_journal(struct mock_world *world, uint64_t after);

/**
 * Write the journal to a file as it happens: NDJSON, the format of mockserver/JOURNAL.md. Each line is handed to the
 * kernel at once, so that the end of the process at any instant loses nothing. A journal that is there is appended to.
 * Once a line cannot be written (the disk is full) every request is answered 507 with the reason, and nothing is done.
 *
 * Fails: an error of the journal: the file cannot be opened or written, or is there and is no journal
 */
int mock_world_journal_file(struct mock_world *world, const char *path, struct base_error *err);
/** True when the file could not be written: the first failure. Under the world's lock, unless the world is closed. */
bool mock_world_journal_failed(struct mock_world *world, struct base_error *err);
/**
 * Put a line of your own into the file: whatever a later reader needs to judge the run again (callbacks, rows).
 * Nothing happens when there is no file. Fails: as mock_world_journal_failed()
 */
int mock_world_note(struct mock_world *world, const char *name, const struct cJSON *data, struct base_error *err);

/**
 * Read such a file: an array of its journals, {"world", "url", "time", "entries"} each, with entries as
 * mock_world_journal() gives them, and notes as {"seq", "note", "data"}.
 *
 * Owns:  *out is the caller's, cJSON_Delete(). Untouched on failure.
 * Fails: the file cannot be read, or a line is no record of the format: "FILE:LINE: reason"
 */
int mock_journal_read(const char *path, struct cJSON **out, struct base_error *err);

/**
 * Such a file becomes the journal of a new world, before a script is run in it: server:requests() and the rest of the
 * language find what it holds, and mock_world_judge() asks the script's rules. Of several runs it is number `run`, from 1; 0 = the last.
 * Under the world's lock. What the world holds after a failure is not to be used.
 *
 * Fails: as mock_journal_read(), or there is no such run
 */
int mock_world_recall(struct mock_world *world, const char *path, unsigned run, struct base_error *err);
/**
 * Judge the recalled requests in their order: an array of {"seq", "kind", "target"} and, where there is something to say,
 * "findings" (by the wire rules), "rules" (those of the world that choose it, as if it came now) and "open" (true: it was at
 * work when the journal ended). Afterwards mock_world_unfired_rules() and mock_world_near_misses() speak of these requests.
 * Under the world's lock.
 *
 * Owns:  *out is the caller's, cJSON_Delete(). Untouched on failure.
 * Fails: a function of a rule failed
 */
int mock_world_judge(struct mock_world *world, struct cJSON **out, struct base_error *err);

/** The requests that the world remembers as an HTTP archive, HAR 1.2. The caller's. */
struct cJSON *mock_world_har(struct mock_world *world);

/**
 * true when a client closed a connection on a request that no rule made wait or broke.
 * `text` names the request. Such a run is inconclusive, never red.
 */
bool mock_world_client_gave_up(struct mock_world *world, char text[256]);

/**
 * True when a Lua function of a rule failed: the first such error. The request was answered 500 with its
 * text, and a runner makes the scenario an error.
 */
bool mock_world_script_error(struct mock_world *world, struct base_error *err);

/**
 * Who watches the world is told, as it happens, what a script prints (`what` "print: ") and that a rule's function failed.
 * `tell` runs under the lock; NULL, the default: nobody. Both are events of the journal anyway.
 */
typedef void mock_tell(void *context, const char *what, const char *text);
void mock_world_set_tell(struct mock_world *world, mock_tell *tell, void *context);

/** A request that has ended, or (`event`) what came and was none, as a log tells it. Texts are borrowed; NULL = there is none. */
struct mock_log_line {
  int64_t wall_ms; /**< when it came */
  const char *event;
  const char *method, *target; /**< the target as it came, behind the world's URL */
  const char *kind;            /**< "upload", "download", "metadata", "document", "crud", "other" */
  const char *end;             /**< "answered", "cut", "closed", "reset", "gone" */
  int status;                  /**< 0 = there was no answer */
  int64_t opstatus;            /**< of the answer; 0 = none, or good */
  int64_t records;             /**< of an upload those that were sent, else those of the answer */
  int64_t elapsed_us;
  int findings;
  const char *finding; /**< the first of them, NULL = none */
  const char *fault;
};
typedef void mock_log(void *context, const struct mock_log_line *line);
/** Who watches the world is told of each request at its end. `log` runs under the lock; NULL, the default: nobody. */
void mock_world_set_log(struct mock_world *world, mock_log *log, void *context);

/**
 * Limits of waits inside Lua (gate:reached() and the like). They end with a script error when
 * CLOCK_MONOTONIC reaches `monotonic_ms` (0 = never), and when `check` (may be NULL), which runs under the
 * lock before each wait and whenever something happens, returns other than 0: its error is the script's then.
 */
void mock_world_set_deadline(struct mock_world *world, int64_t monotonic_ms,
                             int (*check)(void *context, struct base_error *err), void *context);

/** Real waits in rules (linger, trickle's pause) take at most so long; the default is MOCK_LINGER_MS. */
void mock_world_set_linger(struct mock_world *world, unsigned limit_ms);
enum { MOCK_LINGER_MS = 100 };

/**
 * close() and reset() end so many repetitions of the same request, too, for HTTP stacks repeat by themselves (NET-04), until
 * the sync ends. 0 for who cannot tell when that is: `once()` is one request then. The default is MOCK_REPETITIONS.
 */
void mock_world_set_repetitions(struct mock_world *world, unsigned count);
enum { MOCK_REPETITIONS = 5 };

/**
 * A sync of the testee has ended: from now on a request that looks like one that rule:close() closed is a
 * new one, no repetition of an HTTP stack (NET-04). Lua: `server:sync_ended()`.
 */
void mock_world_sync_ended(struct mock_world *world);

/**
 * Rules that were to fire (once, nth, n times) and did not, and those that never fired and name a service or object that
 * is not there: an array of their descriptions. Caller's.
 */
struct cJSON *mock_world_unfired_rules(struct mock_world *world);
/** A line of text for each rule that names a service or object which is not there, now; and for each service without objects. Caller's. */
struct cJSON *mock_world_misnamed(struct mock_world *world);
/**
 * All rules: {id, rule, match, matched, fired, due, lifted, idle: it fired and found nothing to change, misnamed: what it
 * names that is not there, and what there is}. Caller's.
 */
struct cJSON *mock_world_rules(struct mock_world *world);
/**
 * The rules that never fired, each with the up to three requests that came nearest: which conditions they failed, what
 * was expected and what they had. Caller's.
 */
struct cJSON *mock_world_near_misses(struct mock_world *world);
/** Lift every rule, let every held or hanging request go, open all gates: for the drain (UPL-12). */
void mock_world_lift_all(struct mock_world *world);

#endif
