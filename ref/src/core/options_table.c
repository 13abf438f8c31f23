/*
 * The options, one row each. To add one: a field in options.h and a row here; parser, defaults, help,
 * OPTIONS.md, dictionary and boundary tests follow.
 *
 * Always true: a row's key is unique; its default lies in its range; `code` is what a bad value fails
 * with and 0 where every value has a meaning.
 */
#include <string.h>

#include "core/codes.h"
#include "core/options.h"

static const char *const sync_modes[] = {"parallel", "sequential", NULL};
static const char *const sync_types[] = {"fullSync", "uploadOnly", "downloadOnly", NULL};

/* Parameters that the download itself sends (W-18). */
static const char *const reserved_params[] = {"$batchsize", "$filter", "$expand", "offline", NULL};

enum { BELOW_APPLICATION = VMX_AT_SERVICE | VMX_AT_OBJECT };

#define OF_CALL(field) offsetof(struct vmx_options, field)
#define OF_SERVICE(field) offsetof(struct vmx_service_options, field)

static const struct vmx_option_row rows[] = {
    {.key = "syncMode", .kind = VMX_OPTION_LENIENT_CHOICE, .levels = VMX_AT_APPLICATION,
     .standard = VMX_SYNC_PARALLEL, .choices = sync_modes, .code = VMX_CODE_SYNC_OPTIONS,
     .spec = "OPT-03", .offset = OF_CALL(sync_mode),
     .help = "Whether the services sync all at once or one after the other. Any other value means "
             "the default; with strictOptions it is refused."},
    {.key = "objectServicesOptions", .kind = VMX_OPTION_SERVICES, .levels = VMX_AT_APPLICATION,
     .code = VMX_CODE_SYNC_OPTIONS, .spec = "OPT-05", .offset = OF_CALL(services),
     .help = "The options of each service by its name, spelled exactly. A service without an entry "
             "gets the defaults."},
    {.key = "syncType", .kind = VMX_OPTION_CHOICE, .levels = BELOW_APPLICATION,
     .standard = VMX_FULL_SYNC, .choices = sync_types, .code = VMX_CODE_SYNC_TYPE,
     .spec = "OPT-11", .offset = OF_SERVICE(sync_type),
     .help = "Which way records travel. A full sync uploads first."},
    {.key = "uploadBatchSize", .kind = VMX_OPTION_SIZE, .levels = BELOW_APPLICATION,
     .standard = 50, .min = 1, .max = INT32_MAX, .spec = "OPT-06",
     .offset = OF_SERVICE(upload_batch_size),
     .help = "Edits in one upload request."},
    {.key = "downloadBatchSize", .kind = VMX_OPTION_SIZE, .levels = BELOW_APPLICATION,
     .standard = 500, .min = 0, .max = INT32_MAX, .spec = "OPT-07",
     .offset = OF_SERVICE(download_batch_size),
     .help = "Records of each object in one downloaded page; 0 asks for everything at once."},
    {.key = "getSyncStats", .kind = VMX_OPTION_SWITCH, .levels = BELOW_APPLICATION, .spec = "OPT-09",
     .offset = OF_SERVICE(get_sync_stats),
     .help = "Add syncStats to the success."},
    {.key = "filter", .kind = VMX_OPTION_FILTER, .levels = BELOW_APPLICATION,
     .code = VMX_CODE_FILTER, .spec = "OPT-13", .offset = OF_SERVICE(filter),
     .help = "Download only the records that match: OData text by object name, at object level the "
             "text alone. It is sent unchanged, the client does not read it."},
    {.key = "uploadRequestQueryParams", .kind = VMX_OPTION_QUERY_PARAMS, .levels = BELOW_APPLICATION,
     .code = VMX_CODE_NETWORK, .spec = "OPT-15", .offset = OF_SERVICE(upload_query_params),
     .help = "Query parameters of every upload request, replays included, and of no download."},
    {.key = "downloadRequestQueryParams", .kind = VMX_OPTION_QUERY_PARAMS,
     .levels = BELOW_APPLICATION, .choices = reserved_params, .code = VMX_CODE_NETWORK,
     .spec = "OPT-15", .offset = OF_SERVICE(download_query_params),
     .help = "Query parameters of every download request and of no upload."},
    {.key = "downloadReconciliationRequired", .kind = VMX_OPTION_BOOLEAN,
     .levels = BELOW_APPLICATION, .standard = true, .code = VMX_CODE_OPTION, .spec = "OPT-16",
     .offset = OF_SERVICE(download_reconciliation_required),
     .help = "Keep a row's pending edit when the server's row arrives; off, the server's row is taken."},
    {.key = "preserveBatchContext", .kind = VMX_OPTION_SWITCH, .levels = BELOW_APPLICATION,
     .spec = "OPT-17", .offset = OF_SERVICE(preserve_batch_context),
     .help = "After a failed download, let the next sync that has this option resume at the page "
             "that failed."},
    {.key = "removeAfterUpload", .kind = VMX_OPTION_OBJECT_NAMES, .levels = BELOW_APPLICATION,
     .spec = "OPT-18", .offset = OF_SERVICE(remove_after_upload),
     .help = "Objects whose rows leave the device once they are uploaded. It works with uploadOnly "
             "alone; unknown names are ignored."},
};

const struct vmx_option_row *vmx_option_rows(size_t *count) {
  *count = sizeof rows / sizeof rows[0];
  return rows;
}

const struct vmx_option_row *vmx_option_find(const char *key, unsigned place) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if ((rows[i].levels & place) && strcmp(rows[i].key, key) == 0) return &rows[i];
  return NULL; /* OPT-22: not ours, ignored */
}
