/**
 * The error codes that an application sees, as one list: name, number, meaning. Messages, the
 * documentation and the fuzzers' oracles are made from it; nobody else keeps a list of codes.
 *
 * Always true: the rows ascend by number and no number stands twice.
 */
#ifndef VMX_CORE_CODES_H
#define VMX_CORE_CODES_H

#include <stddef.h>

/** X(name, number, documented, meaning): documented is 0 when the code was only observed. */
#define VMX_CODES(X)                                                                               \
  X(IDENTITY, 106, 1, "there is no claims token")                                                  \
  X(STORE, 2000, 1, "the local database failed")                                                   \
  X(STORE_SELECT, 2001, 1, "reading from the local database failed")                               \
  X(STORE_COMMIT, 2002, 1, "a transaction of the local database failed")                           \
  X(STORE_ROLLED_BACK, 2003, 1, "a transaction of the local database failed and was rolled back")  \
  X(ENCRYPTION, 2004, 1, "the local database cannot be encrypted")                                  \
  X(STORE_OPEN, 2006, 1, "the local database cannot be opened or made")                            \
  X(STORE_UPGRADE, 2009, 1, "the local database's schema cannot be upgraded")                      \
  X(STORE_VERSION, 2010, 1, "the local database has a schema version that is not known")           \
  X(NETWORK, 2030, 1, "the network layer failed")                                                  \
  X(CONNECT_TIMEOUT, 2031, 1, "connecting took too long")                                          \
  X(SOCKET_TIMEOUT, 2032, 1, "no complete answer came in time")                                    \
  X(SECURITY, 2033, 1, "the secure connection failed")                                             \
  X(CANNOT_CONNECT, 2034, 1, "the server cannot be connected to")                                  \
  X(HOST_NOT_FOUND, 2035, 1, "the server's name is not found")                                     \
  X(NO_CONNECTIVITY, 2036, 1, "there is no network")                                               \
  X(ANSWER, 2037, 1, "the server's answer is empty or not JSON")                                   \
  X(OPSTATUS, 2038, 1, "the server reported an error")                                             \
  X(URL, 2039, 1, "the URL is bad")                                                                \
  X(INTEGRITY, 2043, 1, "the message's integrity check failed")                                    \
  X(IN_PROGRESS, 2044, 0, "the server still works on this request")                                \
  X(CRUD, 2300, 1, "the local operation failed")                                                   \
  X(NOT_FOUND, 2301, 1, "the record is not found")                                                 \
  X(FOREIGN_KEY, 2302, 1, "a foreign key does not match")                                          \
  X(KEY_CHANGED, 2303, 1, "a primary key cannot be changed")                                       \
  X(OPTION, 2304, 1, "an option is bad")                                                           \
  X(KEY_EMPTY, 2305, 1, "a primary key is null or empty")                                          \
  X(ORDER_BY, 2306, 1, "the column to order by is not known")                                      \
  X(RECORD_EMPTY, 2307, 1, "the record is empty")                                                  \
  X(MANDATORY, 2308, 1, "a mandatory field is missing")                                            \
  X(GENERATED, 2309, 1, "a generated column was given a value")                                    \
  X(UNKNOWN_FIELD, 2310, 1, "the field is not known")                                              \
  X(TYPE, 2311, 1, "a value has the wrong type or length")                                         \
  X(METADATA, 2330, 1, "the metadata is bad")                                                      \
  X(SETUP, 2332, 1, "the setup failed")                                                            \
  X(RELATION_TARGET, 2338, 1, "a relationship names an unknown object or field")                   \
  X(METADATA_KEYS, 2339, 1, "an object's primary key cannot be kept")                              \
  X(NO_TIMESTAMP, 2341, 1, "the metadata has no timestamp")                                        \
  X(METADATA_EMPTY, 2342, 1, "the metadata is empty")                                              \
  X(NO_NAMESPACES, 2344, 1, "the metadata has no namespaces")                                      \
  X(NO_OBJECTS, 2345, 1, "the metadata has no objects")                                            \
  X(RELATION_TYPE, 2346, 1, "a relationship has an unknown type")                                  \
  X(NO_FIELDS, 2349, 1, "an object has no fields")                                                 \
  X(BUSY, 2353, 0, "another setup, drop, reset, rollback or sync runs")                            \
  X(NO_KEY, 2356, 1, "an object has no primary key")                                               \
  X(OBJECT_EMPTY, 2400, 1, "the object name is empty")                                             \
  X(SERVICE_EMPTY, 2401, 1, "the service name is empty")                                           \
  X(UNKNOWN_OBJECT, 2404, 1, "the object is not known")                                            \
  X(NO_DELTA, 2405, 1, "a download has no delta context")                                          \
  X(UNKNOWN_SERVICE, 2406, 1, "the service is not known")                                          \
  X(FIELD_EMPTY, 2409, 1, "a field has no name")                                                   \
  X(DROP, 2430, 1, "the drop failed")                                                              \
  X(SYNC, 2460, 1, "the sync failed")                                                              \
  X(RUNS, 2461, 1, "a sync of this scope runs")                                                    \
  X(NO_RELATION, 2466, 1, "the hierarchy names an object without a relationship to it")            \
  X(KEY_COUNTS, 2467, 1, "the keys of a hierarchy differ in number")                               \
  X(TWO_PARENTS, 2468, 1, "a child has more than one parent")                                      \
  X(PASSES, 2469, 1, "the hierarchy needs too many passes")                                        \
  X(JSON, 2470, 1, "JSON cannot be parsed")                                                        \
  X(ROLLBACK, 2471, 1, "the rollback failed")                                                      \
  X(FILTER, 2472, 1, "a filter is bad")                                                            \
  X(UPLOAD, 2473, 1, "the upload failed")                                                          \
  X(DOWNLOAD, 2474, 1, "the download failed")                                                      \
  X(PASSPHRASE, 2475, 1, "the encryption key is no string of six characters or more")               \
  X(REPLAY, 2476, 1, "a cached request failed")                                                    \
  X(SYNC_TYPE, 2477, 0, "the sync type is bad")                                                    \
  X(CANCELLED, 2478, 1, "the sync was cancelled")                                                  \
  X(CANCEL, 2479, 1, "there is no such sync to cancel")                                            \
  X(CLEAR_SERVICE, 2480, 1, "clearing the service's offline data failed")                          \
  X(PENDING, 2481, 1, "the pending records cannot be read")                                        \
  X(SYNC_OPTIONS, 2482, 1, "the sync options are bad")                                             \
  X(NO_SETUP, 2483, 1, "setup was not done: there is nothing to sync")                             \
  X(RECORD_KEY, 2484, 0, "a record lacks its primary key")                                         \
  X(CLEAR_OBJECT, 2485, 0, "clearing the object's offline data failed")                            \
  X(CACHE_TWICE, 2913, 1, "the upload cache holds two requests for one scope")

#define VMX_CODES_ENUM(name, number, documented, meaning) VMX_CODE_##name = (number),
enum vmx_code { VMX_CODES(VMX_CODES_ENUM) };
#undef VMX_CODES_ENUM

struct vmx_code_row {
  int number;
  int documented;      /**< 0: only observed */
  const char *name;    /**< "SYNC_TYPE" */
  const char *meaning; /**< a clause without a full stop */
};

/** The whole list, ascending by number. Borrowed, static. */
const struct vmx_code_row *vmx_codes(size_t *count);

/** The row of `number`, or NULL. */
const struct vmx_code_row *vmx_code_find(int number);

/** What `number` means; of a number that is not in the list "unknown error". Never NULL. */
const char *vmx_code_meaning(int number);

#endif
