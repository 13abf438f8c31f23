-- The rules that are watched in every scenario (R-3): a checker of its whole history. Each is a function over plain data and
-- gives a list of sentences, one for each break; it never ends a scenario, and says nothing where it cannot tell.
--
-- `seen` = { syncs, requests, tokens, schema, apps, may_double }:
--   syncs     in order of start, each {id, app, level, target, options, callbacks, from, returned, refusal,
--             aborted, must_end}; `from`, `returned` and callback.at lie on the scale of Request.seq
--   requests  the journal
--   schema    what the metadata says about the objects (schema.lua)
--   apps      each {ranges, diary, document, drained}: when it was open, what its user did and read (diary.lua), the service
--             document that it was given, and whether the drain ended without a complaint
local rules = {}

for _, part in ipairs { "callbacks", "requests", "options", "uploads", "edits", "rows" } do
  for name, rule in pairs(require("prelude.rules_" .. part)) do rules[name] = rule end
end

rules.ALL = {
  { id = "API-03", find = rules.one_end },
  { id = "API-04", find = rules.nothing_after_end },
  { id = "API-08/token", find = rules.raw_token },
  { id = "API-15", find = rules.no_late_progress },
  { id = "PRG-02", find = rules.progress_grammar },
  { id = "NET-07", find = rules.headers },
  { id = "NET-07/spelling", find = rules.spelling },
  { id = "NET-07/path", find = rules.paths },
  { id = "NET-07/version", find = rules.api_version },
  { id = "NET-07/body", find = rules.bodies },
  { id = "NET-07/envelope", find = rules.envelopes },
  { id = "NET-07/context", find = rules.given_back },
  { id = "OPT-14", find = rules.query_parameters },
  { id = "OPT-14/reserved", find = rules.reserved_parameters },
  { id = "UPC-01", find = rules.cache_id },
  { id = "UPC-01/off", find = rules.no_cache_id },
  { id = "UPC-02", find = rules.same_replay },
  { id = "HIE-02", find = rules.nesting },
  { id = "UPL-01", find = rules.batch_bound },
  { id = "UPL-01/nested", find = rules.nested_bound },
  { id = "UPL-01/order", find = rules.edit_order },
  { id = "UPL-06", find = rules.parents_first },
  { id = "UPL-12/once", find = rules.edits_once },
  { id = "UPL-05", find = rules.intermediate_edits },
  { id = "LOC-07", find = rules.no_mixed_row },
}

---Judge every rule under its own id.
function rules.observe(seen)
  for _, rule in ipairs(rules.ALL) do
    local breaks = rule.find(seen)
    runner.observe { id = rule.id, ok = #breaks == 0, message = breaks[1] or "" }
  end
end

return rules
